// Unsafe pointers: see `BenchedEngine`; the handles are LevelDB's, owned by these classes and
// released in `close`.

internal import CLevelDB

/// LevelDB by its C API. `@unchecked Sendable`: a `leveldb_t` may be used from any thread (LevelDB's
/// documentation, "Concurrency"), and the fields never change.
final class LevelDBEngine: BenchedEngine, @unchecked Sendable {
    fileprivate let handle: OpaquePointer
    private let options: OpaquePointer
    private let cache: OpaquePointer
    private let filter: OpaquePointer
    fileprivate let writeOptions: OpaquePointer

    init(_ settings: EngineSettings) throws {
        guard let options = leveldb_options_create(),
            let cache = leveldb_cache_create_lru(settings.cacheBytes),
            let filter = leveldb_filterpolicy_create_bloom(Int32(settings.bloomBitsPerKey)),
            let writeOptions = leveldb_writeoptions_create()
        else { throw PeerError("LevelDB: no memory for its options") }
        self.options = options
        self.cache = cache
        self.filter = filter
        self.writeOptions = writeOptions
        leveldb_options_set_create_if_missing(options, 1)
        // Its compactions verify checksums only with this; RocksDB's and kvd's always do.
        leveldb_options_set_paranoid_checks(options, 1)
        leveldb_options_set_write_buffer_size(options, settings.writeBufferBytes)
        leveldb_options_set_max_file_size(options, Self.tableBytes)
        leveldb_options_set_cache(options, cache)
        leveldb_options_set_filter_policy(options, filter)
        leveldb_options_set_compression(options, Int32(leveldb_snappy_compression))
        leveldb_writeoptions_set_sync(writeOptions, settings.isSynced ? 1 : 0)
        var error: UnsafeMutablePointer<CChar>?
        let opened = leveldb_open(options, settings.folder, &error)
        try throwLevelDB(error)
        guard let opened else { throw PeerError("LevelDB: opened nothing") }
        handle = opened
    }

    /// As kvd's and RocksDB's default.
    private static let tableBytes = 64 << 20

    static func describe(_ settings: EngineSettings) -> EngineDescription {
        EngineDescription(
            version: "\(leveldb_major_version()).\(leveldb_minor_version())",
            [
                "sync": "\(settings.isSynced)",
                "write_buffer_size": "\(settings.writeBufferBytes)",
                "block_size": "4096 (its default)",
                "max_file_size": "\(tableBytes)",
                "block_cache": "LRU, \(settings.cacheBytes)",
                "filter_policy": "Bloom, \(settings.bloomBitsPerKey) bits",
                "compression": "Snappy (it has no LZ4)",
                "verify_checksums, paranoid_checks": "true",
                "writes": "leveldb_write of a reused batch",
                "reads": "leveldb_get, which copies",
            ])
    }

    func makeSession() throws -> any EngineSession { try LevelDBSession(self) }

    func compact() throws -> Bool {
        leveldb_compact_range(handle, nil, 0, nil, 0)
        return true
    }

    func close() throws {
        leveldb_close(handle)
        leveldb_writeoptions_destroy(writeOptions)
        leveldb_filterpolicy_destroy(filter)
        leveldb_cache_destroy(cache)
        leveldb_options_destroy(options)
    }
}

private func throwLevelDB(_ error: UnsafeMutablePointer<CChar>?) throws {
    guard let error else { return }
    defer { leveldb_free(error) }
    throw PeerError("LevelDB: " + String(cString: error))
}

private final class LevelDBSession: EngineSession {
    private let engine: LevelDBEngine
    private let readOptions: OpaquePointer
    private let batch: OpaquePointer
    private var sink: UInt8 = 0

    init(_ engine: LevelDBEngine) throws {
        guard let readOptions = leveldb_readoptions_create(),
            let batch = leveldb_writebatch_create()
        else { throw PeerError("LevelDB: no memory for a session") }
        self.engine = engine
        self.readOptions = readOptions
        self.batch = batch
        leveldb_readoptions_set_verify_checksums(readOptions, 1)
    }

    func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws {
        try addToBatch(key, value)
        try commitBatch()
    }

    func delete(_ key: UnsafeRawBufferPointer) throws {
        leveldb_writebatch_delete(batch, key.chars, key.count)
        try commitBatch()
    }

    func addToBatch(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws {
        leveldb_writebatch_put(batch, key.chars, key.count, value.chars, value.count)
    }

    func commitBatch() throws {
        var error: UnsafeMutablePointer<CChar>?
        leveldb_write(engine.handle, engine.writeOptions, batch, &error)
        leveldb_writebatch_clear(batch)
        try throwLevelDB(error)
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
        var error: UnsafeMutablePointer<CChar>?
        var size = 0
        let bytes = leveldb_get(
            engine.handle, readOptions, key.chars, key.count, &size, &error)
        try throwLevelDB(error)
        guard let bytes else { return nil }
        defer { leveldb_free(bytes) }
        return body(UnsafeRawBufferPointer(start: bytes, count: size))
    }

    func scan(from start: UnsafeRawBufferPointer?, limit: Int) throws -> Int {
        guard let iterator = leveldb_create_iterator(engine.handle, readOptions)
        else { throw PeerError("LevelDB: no iterator") }
        defer { leveldb_iter_destroy(iterator) }
        if let start {
            leveldb_iter_seek(iterator, start.chars, start.count)
        } else {
            leveldb_iter_seek_to_first(iterator)
        }
        var count = 0
        while leveldb_iter_valid(iterator) != 0 {
            touch(iterator)
            count += 1
            if count == limit { break }
            leveldb_iter_next(iterator)
        }
        try check(iterator)
        return count
    }

    func scanBackward(limit: Int) throws -> Int {
        guard let iterator = leveldb_create_iterator(engine.handle, readOptions)
        else { throw PeerError("LevelDB: no iterator") }
        defer { leveldb_iter_destroy(iterator) }
        leveldb_iter_seek_to_last(iterator)
        var count = 0
        while leveldb_iter_valid(iterator) != 0 {
            touch(iterator)
            count += 1
            if count == limit { break }
            leveldb_iter_prev(iterator)
        }
        try check(iterator)
        return count
    }

    @inline(__always)
    private func touch(_ iterator: OpaquePointer) {
        var size = 0
        if let key = leveldb_iter_key(iterator, &size) { sink ^= UInt8(bitPattern: key.pointee) }
        if let value = leveldb_iter_value(iterator, &size), size > 0 {
            sink ^= UInt8(bitPattern: value.pointee)
        }
    }

    private func check(_ iterator: OpaquePointer) throws {
        var error: UnsafeMutablePointer<CChar>?
        leveldb_iter_get_error(iterator, &error)
        try throwLevelDB(error)
    }

    func close() {
        leveldb_writebatch_destroy(batch)
        leveldb_readoptions_destroy(readOptions)
    }
}
