/// The operations of a database, one method each.
///
/// ``Database`` conforms to it. An application that takes `some TableOperations` can be given
/// any other holder of tables, such as a client of a remote endpoint, by changing one line.
public protocol TableOperations: Sendable {
    func putItem(_ request: PutItem.Request) async throws(DatabaseError) -> PutItem.Response
    func getItem(_ request: GetItem.Request) async throws(DatabaseError) -> GetItem.Response
    func deleteItem(_ request: DeleteItem.Request) async throws(DatabaseError)
        -> DeleteItem.Response
    func updateItem(_ request: UpdateItem.Request) async throws(DatabaseError)
        -> UpdateItem.Response
    func query(_ request: Query.Request) async throws(DatabaseError) -> Query.Response
    func scan(_ request: Scan.Request) async throws(DatabaseError) -> Scan.Response
    func batchGetItem(_ request: BatchGetItem.Request) async throws(DatabaseError)
        -> BatchGetItem.Response
    func batchWriteItem(_ request: BatchWriteItem.Request) async throws(DatabaseError)
        -> BatchWriteItem.Response
    func createTable(_ request: CreateTable.Request) async throws(DatabaseError)
        -> CreateTable.Response
    func describeTable(_ request: DescribeTable.Request) async throws(DatabaseError)
        -> DescribeTable.Response
    func deleteTable(_ request: DeleteTable.Request) async throws(DatabaseError)
        -> DeleteTable.Response
    func listTables(_ request: ListTables.Request) async throws(DatabaseError)
        -> ListTables.Response
    func describeLimits(_ request: DescribeLimits.Request) async throws(DatabaseError)
        -> DescribeLimits.Response
    func describeEndpoints(_ request: DescribeEndpoints.Request) async throws(DatabaseError)
        -> DescribeEndpoints.Response
}
