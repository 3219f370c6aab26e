/// Tells the address to send requests to: the one the caller is already using.
///
/// See <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeEndpoints.html>.
public enum DescribeEndpoints {
    /// What DescribeEndpoints is asked.
    public struct Request: Sendable, Hashable {
        /// host:port, known to the server only.
        public var address: String

        public init(
            address: String
        ) {
            self.address = address
        }
    }

    /// What DescribeEndpoints answers.
    public struct Response: Sendable, Hashable {
        public var endpoints: [Endpoint]

        public init(
            endpoints: [Endpoint]
        ) {
            self.endpoints = endpoints
        }
    }

    /// One address and how long to remember it.
    public struct Endpoint: Sendable, Hashable {
        public var address: String
        public var cachePeriodInMinutes: Int

        public init(
            address: String,
            cachePeriodInMinutes: Int = 1440
        ) {
            self.address = address
            self.cachePeriodInMinutes = cachePeriodInMinutes
        }
    }
}

// MARK: - Operation

extension Database {
    public func describeEndpoints(_ request: DescribeEndpoints.Request) async throws(DatabaseError)
        -> DescribeEndpoints.Response
    {
        try await answer { describeEndpoints(request, completion: $0) }
    }

    /// Answers through a callback, perhaps before it returns; see ``Completion``.
    public func describeEndpoints(
        _ request: DescribeEndpoints.Request,
        completion: @escaping Completion<DescribeEndpoints.Response>
    ) {
        run(.reading, completion) { (database, attempt) throws(OperationFault) in
            try database.perform(request, &attempt)
        }
    }

    private func perform(
        _ request: DescribeEndpoints.Request, _ attempt: inout Attempt
    ) throws(OperationFault) -> DescribeEndpoints.Response {
        DescribeEndpoints.Response(endpoints: [.init(address: request.address)])
    }
}
