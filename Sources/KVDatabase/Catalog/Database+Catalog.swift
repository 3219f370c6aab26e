internal import ItemModel

extension OperationFault {
    /// What operations on items say of a table that is not there.
    static let tableNotFound = OperationFault.refused(
        DatabaseError(code: .resourceNotFound, message: "Requested resource not found"))

    /// What operations on tables say of a table that is not there.
    static func tableNotFound(_ name: String) -> OperationFault {
        .refused(
            DatabaseError(
                code: .resourceNotFound,
                message: "Requested resource not found: Table: \(name) not found"))
    }
}

extension Database {
    /// The table an operation on items names, by name or ARN.
    func table(named name: String) throws(OperationFault) -> TableDescriptor {
        guard let table = catalog[try tableName(of: name)] else { throw .tableNotFound }
        return table
    }

    /// The name in a name or ARN: `arn:aws:dynamodb:region:account:table/Name`, of this database's
    /// own region and account.
    func tableName(of nameOrARN: String) throws(OperationFault) -> String {
        guard nameOrARN.utf8.starts(with: "arn:".utf8) else { return nameOrARN }
        let prefix = "arn:aws:dynamodb:\(options.region):\(options.accountID):table/"
        if nameOrARN.hasPrefix(prefix) {
            let name = nameOrARN.dropFirst(prefix.count)
            if !name.isEmpty, !name.contains("/") { return String(name) }
        }
        let parts = nameOrARN.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[2] == "dynamodb", parts[5].hasPrefix("table/"),
            !parts[5].dropFirst(6).contains("/")
        else {
            throw .validation(
                "Invalid TableArn: Invalid ResourceArn provided as input \(nameOrARN)")
        }
        throw .tableNotFound
    }
}

extension CatalogRow {
    static func headerValue(nextTableNumber: UInt32) throws(ItemError) -> EncodedItem {
        try EncodedItem([
            "NextTableNumber": .integer(Int(nextTableNumber)),
            "FormatVersion": .integer(formatVersion),
        ])
    }

    static func dropValue(tableName: String) throws(ItemError) -> EncodedItem {
        try EncodedItem(["TableName": .string(tableName)])
    }
}

/// A version 4 UUID in its text form.
func randomUUID() -> String {
    var generator = SystemRandomNumberGenerator()
    let high = (generator.next() & ~0xF000) | 0x4000
    let low = (generator.next() >> 2) | (0b10 << 62)
    func hex(_ value: UInt64, shift: UInt64, digits: Int) -> String {
        let text = String(value >> shift & ((1 << UInt64(digits * 4)) - 1), radix: 16)
        return String(repeating: "0", count: digits - text.count) + text
    }
    return hex(high, shift: 32, digits: 8) + "-" + hex(high, shift: 16, digits: 4) + "-"
        + hex(high, shift: 0, digits: 4) + "-" + hex(low, shift: 48, digits: 4) + "-"
        + hex(low, shift: 0, digits: 12)
}
