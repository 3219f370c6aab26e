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
