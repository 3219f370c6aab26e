package import KVDatabase

extension DescribeEndpoints {
    /// Reads the body of a DescribeEndpoints request, which has no members.
    ///
    /// - Parameter address: the host and port that clients reach this server by.
    ///
    /// Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeEndpoints.html
    package static func decode(
        _ body: UnsafeRawBufferPointer, address: String, with decoder: inout WireDecoder
    ) throws(WireError) -> Request {
        try decoder.noMembers(body)
        return Request(address: address)
    }

    package static func encode(_ response: Response, into json: JSONWriter) {
        json.beginObject()
        json.name("Endpoints")
        json.beginArray()
        for endpoint in response.endpoints {
            json.beginObject()
            json.name("Address")
            json.string(endpoint.address)
            json.name("CachePeriodInMinutes")
            json.integer(endpoint.cachePeriodInMinutes)
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }
}
