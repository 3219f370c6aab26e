// Unsafe pointers: see `BenchedEngine`; the handles are RocksDB's, owned by these classes and
// released in `close`.

internal import CRocksDB

/// RocksDB by its C API. `@unchecked Sendable`: a `rocksdb_t` and its options may be used from any
/// thread (RocksDB wiki, "Basic Operations": "Concurrency"), and the fields never change.
final class RocksDBEngine: BenchedEngine, @unchecked Sendable {
    fileprivate let handle: OpaquePointer
    /// What later versions default to; with none compactions took about 6 % longer.
    private static let compactionReadAheadBytes = 2 << 20
    private let options: OpaquePointer
    private let tableOptions: OpaquePointer
    private let cache: OpaquePointer
    fileprivate let writeOptions: OpaquePointer

    init(_ settings: EngineSettings) throws {
        guard let options = rocksdb_options_create(),
            let tableOptions = rocksdb_block_based_options_create(),
            let cache = rocksdb_cache_create_lru(settings.cacheBytes),
            let writeOptions = rocksdb_writeoptions_create()
        else { throw PeerError("RocksDB: no memory for its options") }
        self.options = options
        self.tableOptions = tableOptions
        self.cache = cache
        self.writeOptions = writeOptions
        rocksdb_options_set_create_if_missing(options, 1)
        rocksdb_options_set_write_buffer_size(options, settings.writeBufferBytes)
        rocksdb_options_set_max_write_buffer_number(options, Int32(settings.writeBufferCount))
        // On two cores the group's leader is faster alone: 26 k for 22 k durable writes a second by 8
        // writers, 61 k for 43 k by 32. Pipelined writes made no difference.
        rocksdb_options_set_allow_concurrent_memtable_write(options, 0)
        rocksdb_options_set_enable_write_thread_adaptive_yield(options, 0)
        // The ratios of their defaults, 4, 20 and 36. Half the trigger, and a quarter, with 1 M entries:
        // fills 4 and 11 % slower, gets after them 13 and 10 % faster, beside a writer 4 % faster and
        // 8 % slower with a writer 2 and 11 % slower.
        rocksdb_options_set_level0_file_num_compaction_trigger(
            options, Int32(settings.levelZeroTrigger))
        rocksdb_options_set_level0_slowdown_writes_trigger(
            options, Int32(settings.levelZeroTrigger * 5))
        rocksdb_options_set_level0_stop_writes_trigger(
            options, Int32(settings.levelZeroTrigger * 9))
        rocksdb_options_compaction_readahead_size(options, Self.compactionReadAheadBytes)
        rocksdb_options_set_max_background_jobs(options, 2)
        rocksdb_options_set_level_compaction_dynamic_level_bytes(options, 1)
        // No logs to be written over again (recycle_log_file_num): in every recovery mode but the one
        // that skips damage 7.8 opens with none (db_impl_open.cc, SanitizeOptions).
        rocksdb_options_set_compression(options, Int32(rocksdb_lz4_compression))
        rocksdb_block_based_options_set_block_cache(tableOptions, cache)
        rocksdb_block_based_options_set_filter_policy(
            tableOptions, rocksdb_filterpolicy_create_bloom_full(Double(settings.bloomBitsPerKey)))
        rocksdb_options_set_block_based_table_factory(options, tableOptions)
        rocksdb_writeoptions_set_sync(writeOptions, settings.isSynced ? 1 : 0)
        var error: UnsafeMutablePointer<CChar>?
        let opened = rocksdb_open(options, settings.folder, &error)
        try throwRocksDB(error)
        guard let opened else { throw PeerError("RocksDB: opened nothing") }
        handle = opened
    }

    static func describe(_ settings: EngineSettings) -> EngineDescription {
        EngineDescription(
            version: PeerFolder.version(of: "rocksdb") ?? "of unknown version",
            [
                "sync": "\(settings.isSynced)",
                "write_buffer_size": "\(settings.writeBufferBytes)",
                "max_write_buffer_number": "\(settings.writeBufferCount)",
                "level0_file_num_compaction_trigger": "\(settings.levelZeroTrigger)",
                "level0_slowdown_writes_trigger": "\(settings.levelZeroTrigger * 5)",
                "level0_stop_writes_trigger": "\(settings.levelZeroTrigger * 9)",
                "compaction_readahead_size": "\(compactionReadAheadBytes)",
                "max_background_jobs": "2",
                "allow_concurrent_memtable_write, enable_write_thread_adaptive_yield": "false",
                "block_size": "4096 (its default)",
                // 4 and 8, and a hash index in each block, made no read faster.
                "block_restart_interval, data_block_index_type": "16, binary search (its defaults)",
                "block_cache": "LRU, \(settings.cacheBytes)",
                "cache_index_and_filter_blocks": "false (its default: kept with open tables)",
                "filter_policy": "Bloom, \(settings.bloomBitsPerKey) bits",
                "compression": "LZ4 at every level",
                "level_compaction_dynamic_level_bytes": "true",
                "writes": "rocksdb_write of a reused batch",
                "reads": "rocksdb_get_pinned",
            ])
    }

    func makeSession() throws -> any EngineSession { try RocksDBSession(self) }

    func compact() throws -> Bool {
        rocksdb_compact_range(handle, nil, 0, nil, 0)
        return true
    }

    func close() throws {
        rocksdb_close(handle)
        rocksdb_writeoptions_destroy(writeOptions)
        rocksdb_block_based_options_destroy(tableOptions)
        rocksdb_cache_destroy(cache)
        rocksdb_options_destroy(options)
    }
}

private func throwRocksDB(_ error: UnsafeMutablePointer<CChar>?) throws {
    guard let error else { return }
    defer { rocksdb_free(error) }
    throw PeerError("RocksDB: " + String(cString: error))
}

private final class RocksDBSession: EngineSession {
    private let engine: RocksDBEngine
    private let readOptions: OpaquePointer
    private let batch: OpaquePointer
    private var sink: UInt8 = 0

    init(_ engine: RocksDBEngine) throws {
        guard let readOptions = rocksdb_readoptions_create(),
            let batch = rocksdb_writebatch_create()
        else { throw PeerError("RocksDB: no memory for a session") }
        self.engine = engine
        self.readOptions = readOptions
        self.batch = batch
    }

    func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws {
        try addToBatch(key, value)
        try commitBatch()
    }

    func delete(_ key: UnsafeRawBufferPointer) throws {
        rocksdb_writebatch_delete(batch, key.chars, key.count)
        try commitBatch()
    }

    func addToBatch(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws {
        rocksdb_writebatch_put(batch, key.chars, key.count, value.chars, value.count)
    }

    func commitBatch() throws {
        var error: UnsafeMutablePointer<CChar>?
        rocksdb_write(engine.handle, engine.writeOptions, batch, &error)
        rocksdb_writebatch_clear(batch)
        try throwRocksDB(error)
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
        let slice = rocksdb_get_pinned(engine.handle, readOptions, key.chars, key.count, &error)
        try throwRocksDB(error)
        guard let slice else { return nil }
        defer { rocksdb_pinnableslice_destroy(slice) }
        var size = 0
        let bytes = rocksdb_pinnableslice_value(slice, &size)
        return body(UnsafeRawBufferPointer(start: bytes, count: size))
    }

    func scan(from start: UnsafeRawBufferPointer?, limit: Int) throws -> Int {
        guard let iterator = rocksdb_create_iterator(engine.handle, readOptions)
        else { throw PeerError("RocksDB: no iterator") }
        defer { rocksdb_iter_destroy(iterator) }
        if let start {
            rocksdb_iter_seek(iterator, start.chars, start.count)
        } else {
            rocksdb_iter_seek_to_first(iterator)
        }
        var count = 0
        while rocksdb_iter_valid(iterator) != 0 {
            touch(iterator)
            count += 1
            if count == limit { break }
            rocksdb_iter_next(iterator)
        }
        try check(iterator)
        return count
    }

    func scanBackward(limit: Int) throws -> Int {
        guard let iterator = rocksdb_create_iterator(engine.handle, readOptions)
        else { throw PeerError("RocksDB: no iterator") }
        defer { rocksdb_iter_destroy(iterator) }
        rocksdb_iter_seek_to_last(iterator)
        var count = 0
        while rocksdb_iter_valid(iterator) != 0 {
            touch(iterator)
            count += 1
            if count == limit { break }
            rocksdb_iter_prev(iterator)
        }
        try check(iterator)
        return count
    }

    @inline(__always)
    private func touch(_ iterator: OpaquePointer) {
        var size = 0
        if let key = rocksdb_iter_key(iterator, &size) { sink ^= UInt8(bitPattern: key.pointee) }
        if let value = rocksdb_iter_value(iterator, &size), size > 0 {
            sink ^= UInt8(bitPattern: value.pointee)
        }
    }

    private func check(_ iterator: OpaquePointer) throws {
        var error: UnsafeMutablePointer<CChar>?
        rocksdb_iter_get_error(iterator, &error)
        try throwRocksDB(error)
    }

    func close() {
        rocksdb_writebatch_destroy(batch)
        rocksdb_readoptions_destroy(readOptions)
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes as C APIs take them.
    @inline(__always)
    var chars: UnsafePointer<CChar>? { baseAddress?.assumingMemoryBound(to: CChar.self) }
}
