// Unsafe pointers: see `BenchedEngine`; values are lent by WiredTiger until the session's next call.

internal import CWiredTiger

/// WiredTiger's B-tree through its C API. `@unchecked Sendable`: a WT_CONNECTION may be used from any
/// thread (WiredTiger's documentation, "Multithreading"), and the field never changes.
final class WiredTigerEngine: BenchedEngine, @unchecked Sendable {
    private let connection: UnsafeMutableRawPointer

    private static func connectionConfiguration(_ settings: EngineSettings) -> String {
        // Without sync, a commit still hands its log records to the operating system, as the others
        // do. Checkpoints come each minute, as in MongoDB.
        // Its cache is also where writes gather, and may be dirty as far as that goes.
        let buffers = settings.gathersWrites ? settings.writeBufferCount : 0
        return """
            create,cache_size=\(settings.cacheBytes + buffers * settings.writeBufferBytes),\
            session_max=100,eviction_dirty_target=60,eviction_dirty_trigger=80,\
            log=(enabled=true,file_max=\(settings.writeBufferBytes),\
            zero_fill=\(settings.isSynced)),\
            transaction_sync=(enabled=true,method=\(settings.isSynced ? "fsync" : "none")),\
            checkpoint=(wait=60),extensions=[libwiredtiger_snappy.so]
            """
    }

    private static let tableConfiguration =
        // Of pages of 32 KiB, its default, three times fewer random gets come from a small cache.
        "key_format=u,value_format=u,block_compressor=snappy,leaf_page_max=8KB"

    init(_ settings: EngineSettings) throws {
        var connection: UnsafeMutableRawPointer?
        try check(
            wt_open(settings.folder, Self.connectionConfiguration(settings), &connection))
        guard let connection else { throw PeerError("WiredTiger: opened nothing") }
        self.connection = connection
        try check(wt_create_table(connection, Self.tableConfiguration))
    }

    static func describe(_ settings: EngineSettings) -> EngineDescription {
        let version = String(cString: wt_version())
        return EngineDescription(
            version: version.split(separator: " ").last { $0.contains(".") }.map {
                $0.trimmingSuffix(":")
            } ?? version,
            [
                "wiredtiger_open": connectionConfiguration(settings),
                "table": "B-tree, " + tableConfiguration + " (Debian has no LZ4 for it)",
                "filters": "a B-tree has none",
                "reads": "cursor search, pinned",
            ])
    }

    func makeSession() throws -> any EngineSession { try WiredTigerSession(connection) }

    func compact() throws -> Bool {
        try check(wt_checkpoint_and_compact(connection))
        return true
    }

    func close() throws { try check(wt_close(connection)) }
}

extension Substring {
    fileprivate func trimmingSuffix(_ suffix: Character) -> String {
        String(last == suffix ? dropLast() : self)
    }
}

private func check(_ code: Int32) throws {
    if code != 0 { throw PeerError("WiredTiger: " + String(cString: wt_describe(code))) }
}

private final class WiredTigerSession: EngineSession {
    private var handle = wt_handle()
    private let missing = wt_missing()
    private let rolledBack = wt_rolled_back()
    private var isInBatch = false
    /// The entries of the batch, since a transaction that is rolled back is to be tried again.
    private var batchBytes: [UInt8] = []
    private var batchSizes: [(key: Int, value: Int)] = []
    private var sink: UInt8 = 0

    init(_ connection: UnsafeMutableRawPointer) throws {
        try check(wt_handle_open(connection, &handle))
    }

    func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws {
        try check(
            wt_put(&handle, key.baseAddress, key.count, value.baseAddress, value.count))
    }

    func delete(_ key: UnsafeRawBufferPointer) throws {
        try check(wt_delete(&handle, key.baseAddress, key.count))
    }

    func addToBatch(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws {
        if batchSizes.isEmpty {
            try check(wt_begin(&handle))
            isInBatch = true
        }
        batchBytes.append(contentsOf: key)
        batchBytes.append(contentsOf: value)
        batchSizes.append((key.count, value.count))
        guard isInBatch else { return }
        let code = wt_put(&handle, key.baseAddress, key.count, value.baseAddress, value.count)
        if code == rolledBack { try rollBack() } else { try check(code) }
    }

    func commitBatch() throws {
        defer {
            isInBatch = false
            batchBytes.removeAll(keepingCapacity: true)
            batchSizes.removeAll(keepingCapacity: true)
        }
        if isInBatch {
            // A commit that fails has rolled back itself (WT_SESSION::commit_transaction).
            let code = wt_commit(&handle)
            if code != rolledBack { return try check(code) }
        }
        try writeSingly()
    }

    /// A transaction that the cache has no room for is rolled back, and would be again.
    private func rollBack() throws {
        try check(wt_rollback(&handle))
        isInBatch = false
    }

    /// Writes the entries of a batch that was rolled back, each in a transaction of its own.
    private func writeSingly() throws {
        try batchBytes.withUnsafeBytes { bytes in
            var start = 0
            for size in batchSizes {
                let middle = start + size.key
                let end = middle + size.value
                try put(
                    UnsafeRawBufferPointer(rebasing: bytes[start..<middle]),
                    UnsafeRawBufferPointer(rebasing: bytes[middle..<end]))
                start = end
            }
        }
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
        var value: UnsafeRawPointer?
        var size = 0
        let code = wt_get(&handle, key.baseAddress, key.count, &value, &size)
        if code == missing { return nil }
        try check(code)
        let result = body(UnsafeRawBufferPointer(start: value, count: size))
        // A cursor that stays on its page keeps the page in the cache.
        try check(wt_reset(&handle))
        return result
    }

    func scan(from start: UnsafeRawBufferPointer?, limit: Int) throws -> Int {
        var code =
            if let start {
                wt_seek(&handle, start.baseAddress, start.count)
            } else {
                wt_next(&handle)
            }
        var count = 0
        while code == 0 {
            try touch()
            count += 1
            if count == limit { break }
            code = wt_next(&handle)
        }
        if code != missing { try check(code) }
        try check(wt_reset(&handle))
        return count
    }

    func scanBackward(limit: Int) throws -> Int {
        var code = wt_previous(&handle)
        var count = 0
        while code == 0 {
            try touch()
            count += 1
            if count == limit { break }
            code = wt_previous(&handle)
        }
        if code != missing { try check(code) }
        try check(wt_reset(&handle))
        return count
    }

    @inline(__always)
    private func touch() throws {
        var key: UnsafeRawPointer?
        var value: UnsafeRawPointer?
        var keySize = 0
        var valueSize = 0
        try check(wt_current(&handle, &key, &keySize, &value, &valueSize))
        if let key, let value {
            sink ^= key.load(as: UInt8.self) ^ value.load(as: UInt8.self)
        }
    }

    func close() { _ = wt_handle_close(&handle) }
}
