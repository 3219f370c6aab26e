// Unsafe pointers: see `BenchedEngine`; values are lent by LMDB's map until the transaction ends.

internal import CLMDB

/// LMDB by its C API. `@unchecked Sendable`: an environment and an open database handle may be used
/// from any thread (lmdb.h, "Caveats"), and the fields never change.
final class LMDBEngine: BenchedEngine, @unchecked Sendable {
    fileprivate let environment: OpaquePointer
    fileprivate private(set) var database: MDB_dbi = 0

    init(_ settings: EngineSettings) throws {
        var created: OpaquePointer?
        try check(mdb_env_create(&created))
        guard let environment = created else { throw PeerError("LMDB: no environment") }
        self.environment = environment
        try check(mdb_env_set_mapsize(environment, Self.mapBytes(settings)))
        try check(mdb_env_set_maxreaders(environment, 126))
        try check(mdb_env_open(environment, settings.folder, Self.flags(settings), 0o644))
        var transaction: OpaquePointer?
        try check(mdb_txn_begin(environment, nil, 0, &transaction))
        try check(mdb_dbi_open(transaction, nil, 0, &database))
        try check(mdb_txn_commit(transaction))
    }

    /// Room to address, not memory: a copy-on-write tree needs more than its data.
    private static func mapBytes(_ settings: EngineSettings) -> Int {
        (4 << 30) + 16 * settings.userBytes
    }

    private static func flags(_ settings: EngineSettings) -> UInt32 {
        // Written through the map, a commit without sync is as safe from the process's end, and five
        // times as fast.
        UInt32(MDB_NOTLS) | (settings.isSynced ? 0 : UInt32(MDB_NOSYNC | MDB_WRITEMAP))
    }

    static func describe(_ settings: EngineSettings) -> EngineDescription {
        EngineDescription(
            version: "\(MDB_VERSION_MAJOR).\(MDB_VERSION_MINOR).\(MDB_VERSION_PATCH)",
            [
                "flags": settings.isSynced ? "MDB_NOTLS" : "MDB_NOTLS, MDB_NOSYNC, MDB_WRITEMAP",
                "mapsize": "\(mapBytes(settings)) (address space, not memory)",
                "cache": "the page cache: it has none of its own, so its size cannot be set",
                "compression, filters": "it has none",
                "writes": "mdb_put in a transaction; a batch is one transaction",
                "reads": "mdb_get in a renewed read transaction, pinned",
            ])
    }

    func makeSession() throws -> any EngineSession { try LMDBSession(self) }

    func compact() throws -> Bool { false }

    func close() throws {
        mdb_dbi_close(environment, database)
        mdb_env_close(environment)
    }
}

private func check(_ code: Int32) throws {
    if code != 0 { throw PeerError("LMDB: " + String(cString: mdb_strerror(code))) }
}

private final class LMDBSession: EngineSession {
    private let engine: LMDBEngine
    private let reader: OpaquePointer
    private let cursor: OpaquePointer
    private var writer: OpaquePointer?
    private var sink: UInt8 = 0

    init(_ engine: LMDBEngine) throws {
        self.engine = engine
        var reader: OpaquePointer?
        var cursor: OpaquePointer?
        try check(mdb_txn_begin(engine.environment, nil, UInt32(MDB_RDONLY), &reader))
        try check(mdb_cursor_open(reader, engine.database, &cursor))
        guard let reader, let cursor else { throw PeerError("LMDB: no read transaction") }
        mdb_txn_reset(reader)
        self.reader = reader
        self.cursor = cursor
    }

    private func write(_ body: (OpaquePointer?) -> Int32) throws {
        var transaction: OpaquePointer?
        try check(mdb_txn_begin(engine.environment, nil, 0, &transaction))
        let code = body(transaction)
        guard code == 0 else {
            mdb_txn_abort(transaction)
            return try check(code)
        }
        try check(mdb_txn_commit(transaction))
    }

    func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws {
        var key = MDB_val(key)
        var value = MDB_val(value)
        try write { mdb_put($0, engine.database, &key, &value, 0) }
    }

    func delete(_ key: UnsafeRawBufferPointer) throws {
        var key = MDB_val(key)
        try write {
            let code = mdb_del($0, engine.database, &key, nil)
            return code == MDB_NOTFOUND ? 0 : code
        }
    }

    func addToBatch(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws {
        if writer == nil { try check(mdb_txn_begin(engine.environment, nil, 0, &writer)) }
        var key = MDB_val(key)
        var value = MDB_val(value)
        try check(mdb_put(writer, engine.database, &key, &value, 0))
    }

    func commitBatch() throws {
        guard let transaction = writer else { return }
        writer = nil
        try check(mdb_txn_commit(transaction))
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
        try check(mdb_txn_renew(reader))
        defer { mdb_txn_reset(reader) }
        var key = MDB_val(key)
        var value = MDB_val()
        let code = mdb_get(reader, engine.database, &key, &value)
        if code == MDB_NOTFOUND { return nil }
        try check(code)
        return body(UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size))
    }

    func scan(from start: UnsafeRawBufferPointer?, limit: Int) throws -> Int {
        try walk(from: start, first: start == nil ? MDB_FIRST : MDB_SET_RANGE, MDB_NEXT, limit)
    }

    func scanBackward(limit: Int) throws -> Int {
        try walk(from: nil, first: MDB_LAST, MDB_PREV, limit)
    }

    @inline(__always)
    private func walk(
        from start: UnsafeRawBufferPointer?, first: MDB_cursor_op, _ step: MDB_cursor_op,
        _ limit: Int
    ) throws -> Int {
        try check(mdb_txn_renew(reader))
        defer { mdb_txn_reset(reader) }
        try check(mdb_cursor_renew(reader, cursor))
        var key = start.map { MDB_val($0) } ?? MDB_val()
        var value = MDB_val()
        var code = mdb_cursor_get(cursor, &key, &value, first)
        var count = 0
        while code == 0 {
            sink ^= key.mv_data.load(as: UInt8.self) ^ value.mv_data.load(as: UInt8.self)
            count += 1
            if count == limit { break }
            code = mdb_cursor_get(cursor, &key, &value, step)
        }
        if code != MDB_NOTFOUND { try check(code) }
        return count
    }

    func close() {
        mdb_cursor_close(cursor)
        mdb_txn_abort(reader)
    }
}

extension MDB_val {
    /// LMDB takes keys and values to store as mutable pointers, and does not write through them.
    @inline(__always)
    fileprivate init(_ bytes: UnsafeRawBufferPointer) {
        self.init(
            mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    }
}
