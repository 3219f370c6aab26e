package import KVDatabase

extension DeleteTable {
    /// Reads the body of a DeleteTable request, which is lent for the call.
    ///
    /// Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
    package static func decode(
        _ body: UnsafeRawBufferPointer, with decoder: inout WireDecoder
    ) throws(WireError) -> Request {
        Request(tableName: try decoder.onlyTableName(body))
    }

    package static func encode(_ response: Response, into json: JSONWriter) {
        json.beginObject()
        json.name("TableDescription")
        json.table(response.tableDescription)
        json.endObject()
    }
}
