package import KVDatabase

extension DescribeTable {
    /// Reads the body of a DescribeTable request, which is lent for the call.
    ///
    /// Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html
    package static func decode(
        _ body: UnsafeRawBufferPointer, with decoder: inout WireDecoder
    ) throws(WireError) -> Request {
        Request(tableName: try decoder.onlyTableName(body))
    }

    package static func encode(_ response: Response, into json: JSONWriter) {
        json.beginObject()
        json.name("Table")
        json.table(response.table)
        json.endObject()
    }
}

/// The one member of DescribeTable and DeleteTable.
private enum OnlyTableName: Int, RequestMember {
    case tableName

    static let required: [OnlyTableName] = []
}

extension WireDecoder {
    /// Reads a request whose one member is the table's name.
    mutating func onlyTableName(_ body: UnsafeRawBufferPointer) throws(WireError) -> String {
        var members = RequestMembers<OnlyTableName>()
        var tableName: String?
        var json = try begin(body)
        while let name = try json.nextMember() {
            switch name {
            case "TableName": tableName = try members.controlledTableName(&json, .tableName)
            default: try json.skipValue()
            }
        }
        try finish(&json, members)
        guard let tableName else { throw .missingTableName }
        return tableName
    }
}

extension WireError {
    /// How the control plane words a missing name.
    static var missingTableName: WireError {
        .validation("The parameter 'TableName' is required but was not present in the request")
    }
}
