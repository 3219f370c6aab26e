// Unsafe pointers: see `BenchedEngine`.

internal import StorageEngine
internal import Synchronization

final class KvdEngine: BenchedEngine {
    /// Nil once it is closed: its memory goes with the object, and others free theirs at their close.
    private let opened: Mutex<Engine?>

    init(_ settings: EngineSettings) throws {
        opened = Mutex(try Engine.open(folder: settings.folder, options: Self.options(settings)))
    }

    private var engine: Engine {
        get throws {
            guard let engine = opened.withLock({ $0 }) else { throw PeerError("kvd is closed") }
            return engine
        }
    }

    private static func options(_ settings: EngineSettings) -> EngineOptions {
        var options = EngineOptions()
        options.durability = settings.isSynced ? .synced : .none
        options.memtableSizeBytes = settings.writeBufferBytes
        // The ratios of their defaults.
        options.levelZeroCompactionTrigger = settings.levelZeroTrigger
        options.levelZeroSlowdownTrigger = settings.levelZeroTrigger * 3
        options.levelZeroStopTrigger = settings.levelZeroTrigger * 5
        options.blockCacheSizeBytes = settings.cacheBytes
        options.bloomBitsPerKey = settings.bloomBitsPerKey
        // As the peers have it: the same in every level.
        options.bloomBitsPerKeyLimit = settings.bloomBitsPerKey
        return options
    }

    static func describe(_ settings: EngineSettings) -> EngineDescription {
        let options = options(settings)
        return EngineDescription(
            version: "this checkout",
            [
                "durability": settings.isSynced ? "synced" : "none",
                "memtableSizeBytes": "\(options.memtableSizeBytes)",
                "waitingMemtableLimit": "\(options.waitingMemtableLimit)",
                "blockSizeBytes": "\(options.blockSizeBytes)",
                "blockCacheSizeBytes": "\(options.blockCacheSizeBytes)",
                "bloomBitsPerKey": "\(options.bloomBitsPerKey)",
                "bloomBitsPerKeyLimit": "\(options.bloomBitsPerKeyLimit)",
                "compression": "\(options.compression)",
                "levelOneSizeBytes": "\(options.levelOneSizeBytes)",
                "levelSizeMultiplier": "\(options.levelSizeMultiplier)",
                "levelZeroCompactionTrigger": "\(options.levelZeroCompactionTrigger)",
                "levelZeroSlowdownTrigger": "\(options.levelZeroSlowdownTrigger)",
                "levelZeroStopTrigger": "\(options.levelZeroStopTrigger)",
                "delayedWriteBytesPerSecond": "\(options.delayedWriteBytesPerSecond)",
                "garbageCompactionPercent": "\(options.garbageCompactionPercent)",
                "denseGarbageCompactionCount": "\(options.denseGarbageCompactionCount)",
                "logZerosAheadSizeBytes": "\(options.logZerosAheadSizeBytes)",
                "ioThreadCount": "\(options.ioThreadCount)",
                "backgroundWork": "\(options.backgroundWork)",
                "tableSizeBytes": "\(options.tableSizeBytes)",
                "writes": "commit of a reused WriteBatch",
                "reads": "get, pinned",
            ])
    }

    func makeSession() throws -> any EngineSession { KvdSession(try engine) }

    func compact() throws -> Bool {
        try engine.compactAll()
        return true
    }

    func close() throws {
        try engine.close()
        opened.withLock { $0 = nil }
    }
}

private final class KvdSession: EngineSession {
    private let engine: Engine
    private let single = WriteBatch()
    private let batch = WriteBatch()
    private var sink: UInt8 = 0

    init(_ engine: Engine) { self.engine = engine }

    func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws {
        single.removeAll()
        single.put(key: key, value: value)
        try engine.commit(single)
    }

    func delete(_ key: UnsafeRawBufferPointer) throws {
        single.removeAll()
        single.delete(key: key)
        try engine.commit(single)
    }

    func addToBatch(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws {
        batch.put(key: key, value: value)
    }

    func commitBatch() throws {
        try engine.commit(batch)
        batch.removeAll()
    }

    func get(_ key: UnsafeRawBufferPointer) throws -> Int? {
        guard let found = try engine.get(key) else { return nil }
        return withExtendedLifetime(found) {
            sink ^= found.bytes.first ?? 0
            return found.bytes.count
        }
    }

    func copyValue(_ key: UnsafeRawBufferPointer) throws -> [UInt8]? {
        guard let found = try engine.get(key) else { return nil }
        return withExtendedLifetime(found) { [UInt8](found.bytes) }
    }

    func scan(from start: UnsafeRawBufferPointer?, limit: Int) throws -> Int {
        let cursor = try engine.cursor()
        if let start { try cursor.seek(to: start) } else { try cursor.seekToFirst() }
        var count = 0
        while cursor.isValid {
            sink ^= (cursor.key.first ?? 0) ^ (cursor.value.first ?? 0)
            count += 1
            if count == limit { break }
            try cursor.next()
        }
        return count
    }

    func scanBackward(limit: Int) throws -> Int {
        let cursor = try engine.cursor()
        try cursor.seekToLast()
        var count = 0
        while cursor.isValid {
            sink ^= (cursor.key.first ?? 0) ^ (cursor.value.first ?? 0)
            count += 1
            if count == limit { break }
            try cursor.previous()
        }
        return count
    }

    func close() {}
}
