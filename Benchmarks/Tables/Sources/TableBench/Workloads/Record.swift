/// The record of YCSB: ten fields of 100 bytes under a key.
struct Record: Sendable {
    var key: RecordKey
    var fields: [String]

    static let fieldCount = 10
    static let fieldLength = 100
    static let fieldNames = (0..<fieldCount).map { "field\($0)" }

    /// Bytes of the key and the fields.
    var userBytes: Int { fields.reduce(key.userBytes) { $0 + $1.utf8.count } }
}

/// Where a record lies.
///
/// Workloads A to D and F read by key alone: the table has a partition key and nothing else. E reads
/// ranges, "threaded conversations, where each scan is for the posts in a given thread" (Cooper et
/// al.): its table has the thread for partition key and the post's number for sort key, and a scan
/// is one Query, as a table cannot be read in order across partitions.
enum RecordKey: Sendable {
    case user(String)
    case post(thread: String, number: Int)

    var userBytes: Int {
        switch self {
        case .user(let id): id.utf8.count
        case .post(let thread, _): thread.utf8.count + Outcome.numberBytes
        }
    }
}

/// Which of the two tables a store keeps.
enum RecordShape: Sendable {
    case users, posts
}

/// A table of records, as one engine keeps it.
protocol RecordStore: Sendable {
    /// Writes new records together.
    func insertBatch(_ records: [Record]) async throws
    func insert(_ record: Record) async throws
    /// Reads all fields.
    func read(_ key: RecordKey) async throws -> Record?
    /// Writes one field of a record that is there.
    func update(_ key: RecordKey, field: Int, to text: String) async throws
    /// At most `limit` posts of a thread, from a number on.
    func scan(thread: String, from number: Int, limit: Int) async throws -> [Record]
    func close() async throws
}
