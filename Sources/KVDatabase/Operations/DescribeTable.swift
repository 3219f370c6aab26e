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
