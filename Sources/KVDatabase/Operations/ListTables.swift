/// Lists table names in byte order.
///
/// See <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html>.
public enum ListTables {
    /// What ListTables is asked.
    public struct Request: Sendable, Hashable {
        /// The last name of the page before.
        public var exclusiveStartTableName: String?
        /// 1 to 100, 100 if nil.
        public var limit: Int?

        public init(
            exclusiveStartTableName: String? = nil,
            limit: Int? = nil
        ) {
            self.exclusiveStartTableName = exclusiveStartTableName
            self.limit = limit
        }
    }

    /// What ListTables answers.
    public struct Response: Sendable, Hashable {
        public var tableNames: [String]
        /// nil at the end.
        public var lastEvaluatedTableName: String?

        public init(
            tableNames: [String] = [],
            lastEvaluatedTableName: String? = nil
        ) {
            self.tableNames = tableNames
            self.lastEvaluatedTableName = lastEvaluatedTableName
        }
    }
}

// MARK: - Operation

extension Database {
    public func listTables(_ request: ListTables.Request) async throws(DatabaseError)
        -> ListTables.Response
    {
        try await answer { listTables(request, completion: $0) }
    }

    /// Answers through a callback, perhaps before it returns; see ``Completion``.
    public func listTables(
        _ request: ListTables.Request, completion: @escaping Completion<ListTables.Response>
    ) {
        run(.reading, completion) { (database, attempt) throws(OperationFault) in
            try database.perform(request, &attempt)
        }
    }

    private func perform(
        _ request: ListTables.Request, _ attempt: inout Attempt
    ) throws(OperationFault) -> ListTables.Response {
        let limit = request.limit ?? Limits.listTablesCount
        guard (1...Limits.listTablesCount).contains(limit) else {
            throw .validation("Limit must be between 1 and \(Limits.listTablesCount)")
        }
        var names = catalog.names[...]
        if let start = request.exclusiveStartTableName {
            names = names.drop { !start.utf8.lexicographicallyPrecedes($0.utf8) }
        }
        return ListTables.Response(
            tableNames: Array(names.prefix(limit)),
            lastEvaluatedTableName: names.count > limit
                ? names[names.index(names.startIndex, offsetBy: limit - 1)] : nil)
    }
}
