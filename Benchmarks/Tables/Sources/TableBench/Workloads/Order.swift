/// The item of the operations: an order of a customer, of about 400 bytes.
struct Order: Sendable {
    /// The partition key.
    var customer: String
    /// The sort key.
    var number: Int
    var status: String
    var total: Int
    /// The counter that conditional updates raise.
    var visits: Int
    var note: String

    static let noteLength = 320
    static let perCustomer = 100

    static func customer(_ number: Int) -> String {
        let digits = String(number)
        return "customer-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }

    /// Bytes of the key: the customer and the number.
    static func keyBytes(_ customer: String) -> Int { customer.utf8.count + Outcome.numberBytes }

    /// Bytes of the key and the values.
    var userBytes: Int {
        Self.keyBytes(customer) + status.utf8.count + 2 * Outcome.numberBytes + note.utf8.count
    }

    /// What checks that every engine gave the same answer.
    var checksum: Int { number &+ total &+ visits &+ note.utf8.count &+ status.utf8.count }
}

/// A table of orders, as one engine keeps it.
protocol OrderStore: Sendable {
    /// Writes the orders together.
    func putBatch(_ orders: [Order]) async throws
    /// Writes the whole order, in place of one with the same key.
    func put(_ order: Order) async throws
    /// Adds one to the order's counter if it is below `limit`; whether it was.
    func countVisit(customer: String, number: Int, limit: Int) async throws -> Bool
    func get(customer: String, number: Int) async throws -> Order?
    /// The first orders of a customer, by number.
    func query(customer: String, limit: Int) async throws -> [Order]
    /// How many orders there are, and the sum of their checksums; each becomes an ``Order`` on the way.
    func scan() async throws -> (count: Int, checksum: Int)
    func close() async throws
}
