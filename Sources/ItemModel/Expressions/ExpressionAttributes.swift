/// ExpressionAttributeNames and ExpressionAttributeValues of one request, and which of them the
/// request's expressions have used. Every expression of the request is parsed with the same value;
/// then `requireAllUsed()` refuses what is left over.
package struct ExpressionAttributes: Sendable {
    private let names: [(placeholder: String, name: String)]
    /// The values as a stored item, whose attribute names keep their leading colon.
    let values: EncodedItem?
    private var usedNames: [Bool]
    private var usedValues: [Bool]

    /// - Parameters:
    ///   - names: placeholder, with its `#`, to attribute name.
    ///   - values: an item whose attributes are the placeholders, with their `:`, and their values.
    /// - Throws: `ItemError` with DynamoDB's message when a map is present but empty, when a
    ///   placeholder is malformed or too long, or when a name is empty or too long.
    package init(names: [String: String]?, values: EncodedItem?) throws(ItemError) {
        self.names = try Self.checked(names)
        self.values = values
        let valueCount = try Self.checkedCount(of: values)
        usedNames = Array(repeating: false, count: self.names.count)
        usedValues = Array(repeating: false, count: valueCount)

        var substitutionBytes = values?.sizeBytes ?? 0
        for entry in self.names {
            substitutionBytes += entry.placeholder.utf8.count + entry.name.utf8.count
        }
        if substitutionBytes > ExpressionLimits.substitutionBytes {
            throw ItemError(
                "ExpressionAttributeNames and ExpressionAttributeValues exceed the "
                    + "maximum allowed total size; size: \(substitutionBytes)")
        }
    }

    /// Refuses placeholders that no expression used.
    package func requireAllUsed() throws(ItemError) {
        let unusedNames = zip(names, usedNames).filter { !$0.1 }.map { $0.0.placeholder }
        if !unusedNames.isEmpty {
            throw Self.unused("ExpressionAttributeNames", unusedNames)
        }
        guard usedValues.contains(false), let values else { return }
        let unusedValues = values.withView { view in
            usedValues.indices.filter { !usedValues[$0] }.map { index in
                String(decoding: view.attribute(at: index).name, as: UTF8.self)
            }
        }
        throw Self.unused("ExpressionAttributeValues", unusedValues)
    }

    /// Refuses placeholders in a request that has no expression to use them in.
    /// - Parameter expressions: the names of the parameters that could use values, in AWS's order,
    ///   for example `["UpdateExpression", "ConditionExpression"]`. Empty where the operation has
    ///   none (GetItem), so that the message ends earlier.
    package static func refuse(
        names: [String: String]?, values: EncodedItem?, withoutAnyOf expressions: [String]
    ) throws(ItemError) {
        if names != nil {
            throw ItemError("ExpressionAttributeNames can only be specified when using expressions")
        }
        guard values != nil else { return }
        var message = "ExpressionAttributeValues can only be specified when using expressions"
        if !expressions.isEmpty {
            let verb = expressions.count == 1 ? "is" : "are"
            message += ": \(expressions.joined(separator: " and ")) \(verb) null"
        }
        throw ItemError(message)
    }

    /// The attribute name that `placeholder` (with its `#`) stands for; nil when it is not defined.
    mutating func name(for placeholder: ArraySlice<UInt8>) -> String? {
        for (index, entry) in names.enumerated()
        where entry.placeholder.utf8.elementsEqual(placeholder) {
            usedNames[index] = true
            return entry.name
        }
        return nil
    }

    /// The position, in `values`, of the value that `placeholder` (with its `:`) stands for; nil
    /// when it is not defined.
    mutating func valueIndex(for placeholder: ArraySlice<UInt8>) -> Int? {
        guard let values else { return nil }
        let found = values.withView { view -> Int? in
            (0..<view.count).first { view.attribute(at: $0).name.elementsEqual(placeholder) }
        }
        if let found { usedValues[found] = true }
        return found
    }

    func valueType(at index: Int) -> AttributeType? {
        values?.withView { $0.attribute(at: index).value.type }
    }

    private static func checked(
        _ names: [String: String]?
    ) throws(ItemError) -> [(placeholder: String, name: String)] {
        guard let names else { return [] }
        if names.isEmpty {
            throw ItemError("ExpressionAttributeNames must not be empty")
        }
        // Sorted, so that the message about several unused names is always the same.
        let sorted = names.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        for (placeholder, name) in sorted {
            try checkPlaceholder(placeholder, prefix: "#", of: "ExpressionAttributeNames")
            if name.isEmpty {
                throw ItemError(
                    "ExpressionAttributeNames contains invalid value: "
                        + "The expression attribute name must not be empty; key: \(placeholder)")
            }
            if name.utf8.count > ExpressionLimits.attributeNameBytes {
                throw ItemError(
                    "1 validation error detected: Attribute name is too large, "
                        + "must be less than 65536 bytes")
            }
        }
        return sorted.map { (placeholder: $0.key, name: $0.value) }
    }

    private static func checkedCount(of values: EncodedItem?) throws(ItemError) -> Int {
        guard let values else { return 0 }
        let placeholders = values.withView { view in
            (0..<view.count).map { String(decoding: view.attribute(at: $0).name, as: UTF8.self) }
        }
        if placeholders.isEmpty {
            throw ItemError("ExpressionAttributeValues must not be empty")
        }
        for placeholder in placeholders {
            try checkPlaceholder(placeholder, prefix: ":", of: "ExpressionAttributeValues")
        }
        return placeholders.count
    }

    private static func checkPlaceholder(
        _ placeholder: String, prefix: Character, of parameter: String
    ) throws(ItemError) {
        if placeholder.utf8.count > ExpressionLimits.placeholderBytes {
            throw ItemError(
                "\(parameter) contains invalid key: The expression attribute map "
                    + "contains a key that is too long; key length: \(placeholder.utf8.count)")
        }
        let word = placeholder.utf8.dropFirst()
        guard placeholder.first == prefix, !word.isEmpty, word.allSatisfy(Lexer.isWordByte) else {
            throw ItemError(
                "\(parameter) contains invalid key: Syntax error; key: \"\(placeholder)\"")
        }
    }

    private static func unused(_ parameter: String, _ placeholders: [String]) -> ItemError {
        ItemError(
            "Value provided in \(parameter) unused in expressions: "
                + "keys: {\(placeholders.joined(separator: ", "))}")
    }
}
