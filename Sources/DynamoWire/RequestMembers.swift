import KVDatabase

/// The members of one request that the service model constrains, in the order in which DynamoDB
/// reports them; the case names are the paths that its messages use.
///
/// Source: botocore, `dynamodb/2012-08-10/service-2.json`, for the constraints; observed answers for
/// the order, which is that of the service's own tables and not of the model.
protocol RequestMember: RawRepresentable<Int>, CaseIterable, Sendable {
    static var required: [Self] { get }
}

/// An enumeration of the service model, with its values as DynamoDB lists them in a refusal.
protocol WireEnumeration: RawRepresentable<String> {
    static var valueSet: StaticString { get }
}

/// Collects what the service model has against a request, while its members are read, and throws it
/// all at once in DynamoDB's form: `2 validation errors detected: Value … ; Value …`.
///
/// A request is read to its end first: text that cannot be read at all (SerializationException) goes
/// before members that are out of bounds, those go before parameters that kvd does not serve, and
/// those before values that no item can hold.
struct RequestMembers<Member: RequestMember> {
    private var present: UInt64 = 0
    private var violations: [(member: Member, text: String)] = []
    private var unsupported: String?

    // MARK: Reading constrained members

    /// A table's name or ARN on the data plane, where one character is long enough.
    mutating func tableName(_ json: inout JSONReader, _ member: Member) throws(WireError) -> String?
    {
        guard let name = try json.optionalString() else { return nil }
        note(member)
        check(tableName: name, shortest: 1, at: "\(member)", member)
        return name
    }

    /// A table's name on the control plane: 3 to 255 characters, or an ARN.
    mutating func controlledTableName(
        _ json: inout JSONReader, _ member: Member
    ) throws(WireError) -> String? {
        guard let name = try json.optionalString() else { return nil }
        note(member)
        check(tableName: name, shortest: 3, at: "\(member)", member)
        return name
    }

    mutating func name(
        _ json: inout JSONReader, _ member: Member, at path: @autoclosure () -> String? = nil,
        _ lengths: ClosedRange<Int> = 3...255, pattern: Bool = true
    ) throws(WireError) -> String? {
        guard let name = try json.optionalString() else { return nil }
        note(member)
        check(name, lengths, pattern: pattern, at: path() ?? "\(member)", member)
        return name
    }

    mutating func enumeration<Value: WireEnumeration>(
        _ json: inout JSONReader, _ member: Member, at path: @autoclosure () -> String? = nil
    ) throws(WireError) -> Value? {
        guard let text = try json.optionalString() else { return nil }
        note(member)
        if let value = Value(rawValue: text) { return value }
        violate(
            "'\(text)'", at: path() ?? "\(member)",
            "Member must satisfy enum value set: \(Value.valueSet)", member)
        return nil
    }

    mutating func integer(
        _ json: inout JSONReader, _ member: Member, in range: ClosedRange<Int>
    ) throws(WireError) -> Int? {
        guard let value = try json.optionalInteger() else { return nil }
        note(member)
        check(value, in: range, at: "\(member)", member)
        return value
    }

    // MARK: Checks

    /// Notes that a member is there and not null.
    @inline(__always)
    mutating func note(_ member: Member) { present |= 1 << UInt64(member.rawValue) }

    mutating func check(
        _ value: Int, in range: ClosedRange<Int>, at path: @autoclosure () -> String,
        _ member: Member
    ) {
        if value < range.lowerBound {
            violate(
                "'\(value)'", at: path(),
                "Member must have value greater than or equal to \(range.lowerBound)", member)
        } else if value > range.upperBound {
            violate(
                "'\(value)'", at: path(),
                "Member must have value less than or equal to \(range.upperBound)", member)
        }
    }

    mutating func check(
        _ text: String, _ lengths: ClosedRange<Int>, pattern: Bool = false,
        at path: @autoclosure () -> String, _ member: Member
    ) {
        if pattern, !WirePattern.isName(text) {
            violate(
                "'\(text)'", at: path(),
                "Member must satisfy regular expression pattern: \(WirePattern.name)", member)
        }
        check(count: text.unicodeScalars.count, lengths, shown: "'\(text)'", at: path(), member)
    }

    mutating func check(
        count: Int, _ bounds: ClosedRange<Int>, shown: @autoclosure () -> String,
        at path: @autoclosure () -> String, _ member: Member
    ) {
        if count < bounds.lowerBound {
            violate(
                shown(), at: path(),
                "Member must have length greater than or equal to \(bounds.lowerBound)", member)
        } else if count > bounds.upperBound {
            violate(
                shown(), at: path(),
                "Member must have length less than or equal to \(bounds.upperBound)", member)
        }
    }

    mutating func check(
        tableName: String, shortest: Int, at path: @autoclosure () -> String, _ member: Member
    ) {
        if tableName.utf8.starts(with: "arn:".utf8) {
            check(tableName, 1...1024, at: path(), member)
        } else if tableName.isEmpty {
            // The pattern is not reported for an empty name, its length alone.
            check(tableName, shortest...255, at: path(), member)
        } else {
            check(tableName, shortest...255, pattern: true, at: path(), member)
        }
    }

    /// Reports a null where a structure of the request requires a member.
    mutating func require(
        _ isThere: Bool, at path: @autoclosure () -> String, _ member: Member
    ) {
        guard !isThere else { return }
        violate("null", at: path(), "Member must not be null", member)
    }

    @inline(never)
    mutating func violate(
        _ value: String, at path: String, _ constraint: String, _ member: Member
    ) {
        violations.append(
            (member, "Value \(value) at '\(path)' failed to satisfy constraint: \(constraint)"))
    }

    /// Notes a parameter that kvd does not serve, so that it is refused and never ignored.
    mutating func refuse(
        _ name: LentText, _ json: inout JSONReader, because reason: StaticString
    ) throws(WireError) {
        let name = name.string
        guard try !json.skipNull() else { return }
        try json.skipValue()
        if unsupported == nil { unsupported = "The parameter \(name) is not supported: \(reason)" }
    }

    // MARK: The verdict

    /// Throws what the model has against the request.
    func check() throws(WireError) {
        var isComplete = true
        for member in Member.required where present & 1 << UInt64(member.rawValue) == 0 {
            isComplete = false
        }
        if isComplete && violations.isEmpty && unsupported == nil { return }
        try report()
    }

    @inline(never)
    private func report() throws(WireError) {
        var all = violations
        for member in Member.required where present & 1 << UInt64(member.rawValue) == 0 {
            all.append(
                (
                    member,
                    "Value null at '\(member)' failed to satisfy constraint: Member must not be null"
                ))
        }
        guard all.isEmpty else {
            // A stable order: by member, then as met in the request.
            let ordered = all.enumerated().sorted {
                ($0.element.member.rawValue, $0.offset) < ($1.element.member.rawValue, $1.offset)
            }
            let noun = all.count == 1 ? "error" : "errors"
            throw .validation(
                "\(all.count) validation \(noun) detected: "
                    + ordered.map(\.element.text).joined(separator: "; "))
        }
        if let unsupported { throw .validation(unsupported) }
    }

    /// What a decoder throws where a required member is nil although `check` has passed: the member
    /// was named twice, the second time as null.
    func missing(_ member: Member) -> WireError {
        .validation(
            "1 validation error detected: Value null at '\(member)' failed to satisfy constraint: "
                + "Member must not be null")
    }
}

/// The one pattern of the service model that the served operations use.
enum WirePattern {
    static let name: StaticString = "[a-zA-Z0-9_.-]+"

    static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// Why parameters are refused.
enum Refusal {
    static let legacyCondition: StaticString = "use ConditionExpression"
    static let legacyUpdate: StaticString = "use UpdateExpression"
    static let legacyProjection: StaticString = "use ProjectionExpression"
    static let legacyKeyCondition: StaticString = "use KeyConditionExpression"
    static let legacyFilter: StaticString = "use FilterExpression"
    static let conditionalOperator: StaticString =
        "use the operators AND and OR of the expression form"
}
