// Unsafe pointers: see `BenchedEngine`; columns are lent by SQLite until the statement's next step.

internal import CSQLite
internal import Foundation

/// SQLite in WAL mode, one table WITHOUT ROWID. `@unchecked Sendable`: the idle sessions are guarded by
/// `lock`, and a session is used by one thread at a time.
///
/// A connection has its page cache to itself, so sessions that are closed wait here with theirs. One
/// write at a time is all that SQLite can do, so writers queue at a lock, where SQLite alone would let
/// them sleep and try again. Durable writers, of which there are many at once, all write through one
/// session: a connection forgets its pages when another has written.
final class SQLiteEngine: BenchedEngine, @unchecked Sendable {
    private let settings: EngineSettings
    private let lock = NSLock()
    private var idle: [SQLiteSession] = []
    fileprivate let writeLock = NSLock()
    /// Whom all write through; nil where each writes through his own.
    fileprivate private(set) var sharedWriter: SQLiteSession?

    init(_ settings: EngineSettings) throws {
        self.settings = settings
        let session = try SQLiteSession(self, settings)
        idle.append(session)
        if settings.isSynced { sharedWriter = session }
    }

    fileprivate static let pageBytes = 4_096

    fileprivate static func pragmas(_ settings: EngineSettings) -> [String] {
        [
            "page_size = \(pageBytes)",
            "journal_mode = WAL",
            "synchronous = \(settings.isSynced ? "FULL" : "NORMAL")",
            "cache_size = -\(settings.cacheBytes >> 10)",
            "wal_autocheckpoint = \(settings.writeBufferBytes / pageBytes)",
        ]
    }

    static func describe(_ settings: EngineSettings) -> EngineDescription {
        EngineDescription(
            version: String(cString: sqlite3_libversion()),
            [
                "pragmas": pragmas(settings).joined(separator: ", "),
                "table": "k BLOB PRIMARY KEY, v BLOB, WITHOUT ROWID",
                "cache": "each connection has its own",
                "connections": "one a thread; durable writers share one",
                "compression, filters": "it has none",
                "writes": "prepared REPLACE, autocommitted; a batch is one transaction",
                "reads": "prepared SELECT, pinned until reset",
            ])
    }

    func makeSession() throws -> any EngineSession {
        if let session = lock.withLock({ idle.popLast() }) { return session }
        return try SQLiteSession(self, settings)
    }

    fileprivate func giveBack(_ session: SQLiteSession) { lock.withLock { idle.append(session) } }

    func compact() throws -> Bool {
        let session = try SQLiteSession(self, settings)
        try session.execute("VACUUM")
        try session.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        session.release()
        return true
    }

    func close() throws {
        for session in lock.withLock({ idle }) { session.release() }
        lock.withLock { idle.removeAll() }
        sharedWriter = nil
    }
}

private final class SQLiteSession: EngineSession {
    private let engine: SQLiteEngine
    private var connection: OpaquePointer?
    private var replace: OpaquePointer?
    private var remove: OpaquePointer?
    private var select: OpaquePointer?
    private var forward: OpaquePointer?
    private var backward: OpaquePointer?
    private var isInBatch = false
    private var sink: UInt8 = 0

    init(_ engine: SQLiteEngine, _ settings: EngineSettings) throws {
        self.engine = engine
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        try check(sqlite3_open_v2(settings.folder + "/entries.sqlite", &connection, flags, nil))
        sqlite3_busy_timeout(connection, 60_000)
        for pragma in SQLiteEngine.pragmas(settings) { try execute("PRAGMA " + pragma) }
        try execute("CREATE TABLE IF NOT EXISTS e(k BLOB PRIMARY KEY, v BLOB) WITHOUT ROWID")
        replace = try prepare("REPLACE INTO e VALUES(?, ?)")
        remove = try prepare("DELETE FROM e WHERE k = ?")
        select = try prepare("SELECT v FROM e WHERE k = ?")
        forward = try prepare("SELECT k, v FROM e WHERE k >= ? ORDER BY k")
        backward = try prepare("SELECT k, v FROM e ORDER BY k DESC")
    }

    private func check(_ code: Int32) throws {
        guard code != SQLITE_OK, code != SQLITE_ROW, code != SQLITE_DONE else { return }
        throw PeerError("SQLite: " + String(cString: sqlite3_errmsg(connection)))
    }

    func execute(_ sql: String) throws { try check(sqlite3_exec(connection, sql, nil, nil, nil)) }

    private func prepare(_ sql: String) throws -> OpaquePointer? {
        var statement: OpaquePointer?
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        try check(sqlite3_prepare_v3(connection, sql, -1, flags, &statement, nil))
        return statement
    }

    /// Binds bytes that outlive the step; SQLite does not copy them.
    @inline(__always)
    private func bind(_ statement: OpaquePointer?, _ place: Int32, _ bytes: UnsafeRawBufferPointer)
    {
        sqlite3_bind_blob(statement, place, bytes.baseAddress, Int32(bytes.count), nil)
    }

    private func run(_ statement: OpaquePointer?) throws {
        let code = sqlite3_step(statement)
        sqlite3_reset(statement)
        try check(code)
    }

    func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws {
        let writer = engine.sharedWriter ?? self
        try engine.writeLock.withLock {
            writer.bind(writer.replace, 1, key)
            writer.bind(writer.replace, 2, value)
            try writer.run(writer.replace)
        }
    }

    func delete(_ key: UnsafeRawBufferPointer) throws {
        let writer = engine.sharedWriter ?? self
        try engine.writeLock.withLock {
            writer.bind(writer.remove, 1, key)
            try writer.run(writer.remove)
        }
    }

    func addToBatch(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws {
        if !isInBatch {
            engine.writeLock.lock()
            isInBatch = true
            try execute("BEGIN IMMEDIATE")
        }
        bind(replace, 1, key)
        bind(replace, 2, value)
        try run(replace)
    }

    func commitBatch() throws {
        guard isInBatch else { return }
        defer {
            isInBatch = false
            engine.writeLock.unlock()
        }
        try execute("COMMIT")
    }

    func get(_ key: UnsafeRawBufferPointer) throws -> Int? {
        try withValue(key) { value in
            sink ^= value.first ?? 0
            return value.count
        }
    }

    func copyValue(_ key: UnsafeRawBufferPointer) throws -> [UInt8]? {
        try withValue(key) { [UInt8]($0) }
    }

    @inline(__always)
    private func withValue<R>(
        _ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> R
    ) throws -> R? {
        bind(select, 1, key)
        defer { sqlite3_reset(select) }
        let code = sqlite3_step(select)
        if code == SQLITE_DONE { return nil }
        try check(code)
        return body(
            UnsafeRawBufferPointer(
                start: sqlite3_column_blob(select, 0),
                count: Int(sqlite3_column_bytes(select, 0))))
    }

    func scan(from start: UnsafeRawBufferPointer?, limit: Int) throws -> Int {
        if let start {
            bind(forward, 1, start)
        } else {
            sqlite3_bind_zeroblob(forward, 1, 0)
        }
        return try walk(forward, limit)
    }

    func scanBackward(limit: Int) throws -> Int { try walk(backward, limit) }

    private func walk(_ statement: OpaquePointer?, _ limit: Int) throws -> Int {
        defer { sqlite3_reset(statement) }
        var count = 0
        while count < limit {
            let code = sqlite3_step(statement)
            if code == SQLITE_DONE { break }
            try check(code)
            if let key = sqlite3_column_blob(statement, 0),
                let value = sqlite3_column_blob(statement, 1)
            {
                sink ^= key.load(as: UInt8.self) ^ value.load(as: UInt8.self)
            }
            count += 1
        }
        return count
    }

    func close() { engine.giveBack(self) }

    func release() {
        for statement in [replace, remove, select, forward, backward] {
            sqlite3_finalize(statement)
        }
        sqlite3_close(connection)
    }
}
