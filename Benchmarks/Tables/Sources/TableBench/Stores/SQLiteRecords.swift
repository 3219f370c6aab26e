import GRDB

/// YCSB's records in a table of SQLite, one column a field, with kvd's key for primary key; on WITHOUT
/// ROWID see ``SQLiteOrders``.
final class SQLiteRecords: RecordStore {
    private static let updates = Record.fieldNames.map {
        (
            user: "UPDATE users SET \($0) = ? WHERE id = ?",
            post: "UPDATE posts SET \($0) = ? WHERE thread = ? AND post = ?"
        )
    }
    private let pool: SQLitePool

    init(_ settings: StoreSettings, _ shape: RecordShape) throws {
        pool = try SQLitePool(settings)
        try pool.pool.write { database in
            switch shape {
            case .users:
                try database.create(table: "users", options: .ifNotExists) {
                    $0.column("id", .text).notNull().primaryKey()
                    for name in Record.fieldNames { $0.column(name, .text).notNull() }
                }
            case .posts:
                try database.create(table: "posts", options: .ifNotExists) {
                    $0.column("thread", .text).notNull()
                    $0.column("post", .integer).notNull()
                    for name in Record.fieldNames { $0.column(name, .text).notNull() }
                    $0.primaryKey(["thread", "post"])
                }
            }
        }
    }

    func settings() throws -> [String: String] { try pool.settings() }

    func insertBatch(_ records: [Record]) async throws {
        try await pool.write { database in
            for record in records { try record.insert(database) }
        }
    }

    func insert(_ record: Record) async throws {
        try await pool.write { try record.insert($0) }
    }

    func read(_ key: RecordKey) async throws -> Record? {
        try await pool.read { database in
            switch key {
            case .user(let id):
                let statement = try database.cachedStatement(
                    sql: "SELECT * FROM users WHERE id = ?")
                return try UserRow.fetchOne(statement, arguments: [id])?.record
            case .post(let thread, let number):
                let statement = try database.cachedStatement(
                    sql: "SELECT * FROM posts WHERE thread = ? AND post = ?")
                return try PostRow.fetchOne(statement, arguments: [thread, number])?.record
            }
        }
    }

    func update(_ key: RecordKey, field: Int, to text: String) async throws {
        try await pool.write { database in
            switch key {
            case .user(let id):
                try database.cachedStatement(sql: Self.updates[field].user)
                    .execute(arguments: [text, id])
            case .post(let thread, let number):
                try database.cachedStatement(sql: Self.updates[field].post)
                    .execute(arguments: [text, thread, number])
            }
            if database.changesCount != 1 { throw WrongAnswer("no record \(key)") }
        }
    }

    func scan(thread: String, from number: Int, limit: Int) async throws -> [Record] {
        try await pool.read { database in
            let statement = try database.cachedStatement(
                sql: "SELECT * FROM posts WHERE thread = ? AND post >= ? ORDER BY post LIMIT ?")
            let posts = try PostRow.fetchCursor(statement, arguments: [thread, number, limit])
            var records: [Record] = []
            while let post = try posts.next() { records.append(post.record) }
            return records
        }
    }

    func close() async throws { try pool.close() }
}

extension Record {
    /// Inserts into the table of the key's shape; GRDB prepares and caches the statement.
    fileprivate func insert(_ database: GRDB.Database) throws {
        switch key {
        case .user: try UserRow(record: self).insert(database)
        case .post: try PostRow(record: self).insert(database)
        }
    }
}

private struct UserRow: FetchableRecord, PersistableRecord {
    static let databaseTableName = "users"
    static let persistenceConflictPolicy = PersistenceConflictPolicy(insert: .replace)
    var record: Record

    init(record: Record) { self.record = record }

    init(row: Row) {
        record = Record(
            key: .user(row[0]), fields: (0..<Record.fieldCount).map { row[$0 + 1] as String })
    }

    func encode(to container: inout PersistenceContainer) {
        if case .user(let id) = record.key { container["id"] = id }
        for (name, text) in zip(Record.fieldNames, record.fields) { container[name] = text }
    }
}

private struct PostRow: FetchableRecord, PersistableRecord {
    static let databaseTableName = "posts"
    static let persistenceConflictPolicy = PersistenceConflictPolicy(insert: .replace)
    var record: Record

    init(record: Record) { self.record = record }

    init(row: Row) {
        record = Record(
            key: .post(thread: row[0], number: row[1]),
            fields: (0..<Record.fieldCount).map { row[$0 + 2] as String })
    }

    func encode(to container: inout PersistenceContainer) {
        if case .post(let thread, let number) = record.key {
            container["thread"] = thread
            container["post"] = number
        }
        for (name, text) in zip(Record.fieldNames, record.fields) { container[name] = text }
    }
}
