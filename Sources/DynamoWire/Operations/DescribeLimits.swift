package import KVDatabase

extension DescribeLimits {
    /// Reads the body of a DescribeLimits request, which has no members.
    ///
    /// Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeLimits.html
    package static func decode(
        _ body: UnsafeRawBufferPointer, with decoder: inout WireDecoder
    ) throws(WireError) -> Request {
        try decoder.noMembers(body)
        return Request()
    }

    package static func encode(_ response: Response, into json: JSONWriter) {
        json.beginObject()
        json.name("AccountMaxReadCapacityUnits")
        json.integer(response.accountMaxReadCapacityUnits)
        json.name("AccountMaxWriteCapacityUnits")
        json.integer(response.accountMaxWriteCapacityUnits)
        json.name("TableMaxReadCapacityUnits")
        json.integer(response.tableMaxReadCapacityUnits)
        json.name("TableMaxWriteCapacityUnits")
        json.integer(response.tableMaxWriteCapacityUnits)
        json.endObject()
    }
}

extension WireDecoder {
    /// Reads a request that has no members.
    mutating func noMembers(_ body: UnsafeRawBufferPointer) throws(WireError) {
        var json = try begin(body)
        while try json.nextMember() != nil { try json.skipValue() }
        try json.finish()
    }
}
