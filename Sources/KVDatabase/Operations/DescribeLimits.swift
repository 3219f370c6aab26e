/// Tells the account quotas, which kvd reports as AWS does by default and never enforces.
///
/// See <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeLimits.html>.
public enum DescribeLimits {
    /// What DescribeLimits is asked.
    public struct Request: Sendable, Hashable {
        public init() {}
    }

    /// What DescribeLimits answers.
    public struct Response: Sendable, Hashable {
        public var accountMaxReadCapacityUnits: Int
        public var accountMaxWriteCapacityUnits: Int
        public var tableMaxReadCapacityUnits: Int
        public var tableMaxWriteCapacityUnits: Int

        public init(
            accountMaxReadCapacityUnits: Int = 80_000,
            accountMaxWriteCapacityUnits: Int = 80_000,
            tableMaxReadCapacityUnits: Int = 40_000,
            tableMaxWriteCapacityUnits: Int = 40_000
        ) {
            self.accountMaxReadCapacityUnits = accountMaxReadCapacityUnits
            self.accountMaxWriteCapacityUnits = accountMaxWriteCapacityUnits
            self.tableMaxReadCapacityUnits = tableMaxReadCapacityUnits
            self.tableMaxWriteCapacityUnits = tableMaxWriteCapacityUnits
        }
    }
}

// MARK: - Operation

extension Database {
    public func describeLimits(_ request: DescribeLimits.Request) async throws(DatabaseError)
        -> DescribeLimits.Response
    {
        try await answer { describeLimits(request, completion: $0) }
    }

    /// Answers through a callback, perhaps before it returns; see ``Completion``.
    public func describeLimits(
        _ request: DescribeLimits.Request, completion: @escaping Completion<DescribeLimits.Response>
    ) {
        run(.reading, completion) { (database, attempt) throws(OperationFault) in
            try database.perform(request, &attempt)
        }
    }

    private func perform(
        _ request: DescribeLimits.Request, _ attempt: inout Attempt
    ) throws(OperationFault) -> DescribeLimits.Response {
        DescribeLimits.Response()
    }
}
