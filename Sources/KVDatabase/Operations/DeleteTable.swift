/// Removes a table. Its rows are removed in the background, and at the next open if that was cut short.
///
/// See <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html>.
public enum DeleteTable {
    /// What DeleteTable is asked.
    public struct Request: Sendable, Hashable {
        /// The table's name, or its ARN.
        public var tableName: String

        public init(
            tableName: String
        ) {
            self.tableName = tableName
        }
    }

    /// What DeleteTable answers.
    public struct Response: Sendable, Hashable {
        /// `tableStatus` is DELETING.
        public var tableDescription: TableDescription

        public init(
            tableDescription: TableDescription
        ) {
            self.tableDescription = tableDescription
        }
    }
}
