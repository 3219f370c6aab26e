/// What the catalog stores of a table: the request that created it, and what was chosen then.
struct TableDefinition: Sendable {
    /// Never used again, also after the table is deleted.
    let number: UInt32
    let request: CreateTable.Request
    /// A random UUID.
    let tableID: String
    let creationMilliseconds: Int
    /// The stream's number within the table, in the keys of its records; nil without a stream.
    let streamNumber: UInt32?

    var billingMode: BillingMode { request.billingMode ?? .provisioned }

    var hasStream: Bool { streamNumber != nil }
}
