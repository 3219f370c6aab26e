internal import StorageEngine

/// Tells schema, status, size and indexes of a table. Counts and sizes are exact.
///
/// See <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html>.
public enum DescribeTable {
    /// What DescribeTable is asked.
    public struct Request: Sendable, Hashable {
        /// The table's name, or its ARN.
        public var tableName: String

        public init(
            tableName: String
        ) {
            self.tableName = tableName
        }
    }

    /// What DescribeTable answers.
    public struct Response: Sendable, Hashable {
        public var table: TableDescription

        public init(
            table: TableDescription
        ) {
            self.table = table
        }
    }
}

// MARK: - Operation

extension Database {
    public func describeTable(_ request: DescribeTable.Request) async throws(DatabaseError)
        -> DescribeTable.Response
    {
        try await answer { describeTable(request, completion: $0) }
    }

    /// Answers through a callback, perhaps before it returns; see ``Completion``.
    public func describeTable(
        _ request: DescribeTable.Request, completion: @escaping Completion<DescribeTable.Response>
    ) {
        run(.reading, completion) { (database, attempt) throws(OperationFault) in
            try database.perform(request, &attempt)
        }
    }

    private func perform(
        _ request: DescribeTable.Request, _ attempt: inout Attempt
    ) throws(OperationFault) -> DescribeTable.Response {
        let name = try tableName(of: request.tableName)
        guard let table = catalog[name] else { throw .tableNotFound(name) }
        let description = table.description(.active, engine)
        // The counts are those of everything applied; the answer waits until that is durable.
        attempt.seenSequence = engine.appliedSequence
        return DescribeTable.Response(table: description)
    }
}
