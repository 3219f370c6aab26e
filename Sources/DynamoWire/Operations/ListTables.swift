package import KVDatabase

extension ListTables {
    private enum Member: Int, RequestMember {
        case exclusiveStartTableName, limit

        static let required: [Member] = []
    }

    /// Reads the body of a ListTables request, which is lent for the call.
    ///
    /// Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html
    package static func decode(
        _ body: UnsafeRawBufferPointer, with decoder: inout WireDecoder
    ) throws(WireError) -> Request {
        var members = RequestMembers<Member>()
        var exclusiveStartTableName: String?
        var limit: Int?
        var json = try decoder.begin(body)
        while let name = try json.nextMember() {
            switch name {
            case "ExclusiveStartTableName":
                exclusiveStartTableName = try members.name(&json, .exclusiveStartTableName)
            case "Limit": limit = try members.integer(&json, .limit, in: 1...100)
            default: try json.skipValue()
            }
        }
        try decoder.finish(&json, members)
        return Request(exclusiveStartTableName: exclusiveStartTableName, limit: limit)
    }

    package static func encode(_ response: Response, into json: JSONWriter) {
        json.beginObject()
        json.name("TableNames")
        json.beginArray()
        for name in response.tableNames { json.string(name) }
        json.endArray()
        if let last = response.lastEvaluatedTableName {
            json.name("LastEvaluatedTableName")
            json.string(last)
        }
        json.endObject()
    }
}
