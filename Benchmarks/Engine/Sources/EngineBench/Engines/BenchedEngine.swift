// Unsafe pointers: keys and values are lent by the caller for one call.

/// The engines that can be compared.
enum EngineKind: String, CaseIterable, Codable, CodingKeyRepresentable, Sendable {
    case kvd, rocksdb, leveldb, lmdb, wiredtiger, sqlite

    var displayName: String {
        switch self {
        case .kvd: "kvd"
        case .rocksdb: "RocksDB"
        case .leveldb: "LevelDB"
        case .lmdb: "LMDB"
        case .wiredtiger: "WiredTiger"
        case .sqlite: "SQLite"
        }
    }

    /// The write buffer with which it fills fastest, of those of 16 to 64 MiB, or its memory is
    /// least where several are as fast, over fills in order, at random and in batches, of 100 B and
    /// 400 B: RocksDB fills 7 % faster with 16 MiB than with 32 (0 to 31 % with values of 100 B, 5 %
    /// either way with 400 B) and that 13 to 50 % faster than with 64; LevelDB with 16 and 24 in small
    /// values up to 46 % faster than with 32 and in large ones up to 36 % slower; WiredTiger and SQLite
    /// 3 to 30 % faster with 64.
    var writeBufferBytes: Int {
        switch self {
        case .kvd, .rocksdb: 16 << 20
        case .leveldb: 32 << 20
        case .lmdb, .wiredtiger, .sqlite: 64 << 20
        }
    }

    func open(_ settings: EngineSettings) throws -> any BenchedEngine {
        switch self {
        case .kvd: try KvdEngine(settings)
        case .rocksdb: try RocksDBEngine(settings)
        case .leveldb: try LevelDBEngine(settings)
        case .lmdb: try LMDBEngine(settings)
        case .wiredtiger: try WiredTigerEngine(settings)
        case .sqlite: try SQLiteEngine(settings)
        }
    }

    /// The library's version and what it is set to, as printed with every result.
    func describe(_ settings: EngineSettings) -> EngineDescription {
        switch self {
        case .kvd: KvdEngine.describe(settings)
        case .rocksdb: RocksDBEngine.describe(settings)
        case .leveldb: LevelDBEngine.describe(settings)
        case .lmdb: LMDBEngine.describe(settings)
        case .wiredtiger: WiredTigerEngine.describe(settings)
        case .sqlite: SQLiteEngine.describe(settings)
        }
    }
}

/// What all engines are set to alike, as far as they have such a setting.
struct EngineSettings: Sendable {
    var folder: String
    /// Memory for uncompressed blocks or pages.
    var cacheBytes: Int
    /// Whether a write returns only after it would survive a power cut.
    var isSynced: Bool
    /// The bytes of all user data to come, for an engine that must know its size ahead.
    var userBytes: Int
    /// Memory that writes gather in before they are sorted into files.
    var writeBufferBytes: Int
    /// How many of those an engine may have at once: one written to and two that wait.
    var writeBufferCount = 3
    /// How many sorted write buffers an LSM engine merges at once, if it can be told: as much data as
    /// four of 64 MiB, which is RocksDB's default.
    var levelZeroTrigger: Int { max(2, (256 << 20) / writeBufferBytes) }
    /// Whether phases that write come; an engine that gathers writes in its cache has the write
    /// buffers' memory there then.
    var gathersWrites = true
    var bloomBitsPerKey = 10
}

struct EngineDescription: Codable, Sendable {
    var version: String
    /// Settings in the engine's own words, in the order worth reading.
    var options: [Option]

    struct Option: Codable, Sendable {
        var name: String
        var value: String
    }
}

extension EngineDescription {
    init(version: String, _ options: KeyValuePairs<String, String>) {
        self.init(version: version, options: options.map { Option(name: $0.key, value: $0.value) })
    }

    /// Says of each option that is not as in `base`, in some phases, what it is there.
    mutating func note(
        _ other: EngineDescription, unlike base: EngineDescription, in phases: String
    ) {
        for index in options.indices where other.options[index].value != base.options[index].value {
            options[index].value += " (\(phases): \(other.options[index].value))"
        }
    }
}

/// An engine, open. Its sessions may work on several threads at once.
protocol BenchedEngine: AnyObject, Sendable {
    /// What one thread works with.
    func makeSession() throws -> any EngineSession
    /// Merges everything into its final place.
    ///
    /// - Returns: Whether the engine has such an operation.
    func compact() throws -> Bool
    /// Gives the folder back. No session may be in use.
    func close() throws
}

/// One thread's access to an engine. A write returns when it is visible, and durable if the engine
/// was opened so; a read sees all writes that have returned.
protocol EngineSession: AnyObject {
    func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws
    func delete(_ key: UnsafeRawBufferPointer) throws
    /// Adds to a batch that ``commitBatch()`` then writes as one.
    func addToBatch(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws
    func commitBatch() throws
    /// Finds a key and reads the first byte of its value.
    ///
    /// - Returns: The size of the value; nil for a missing key.
    func get(_ key: UnsafeRawBufferPointer) throws -> Int?
    /// The whole value, copied: for checking that an engine tells the truth, never timed.
    func copyValue(_ key: UnsafeRawBufferPointer) throws -> [UInt8]?
    /// Takes a fresh view, moves to the first key at or after `start` (backward: to the last key),
    /// and reads the first byte of each key and value, up to `limit` entries.
    ///
    /// - Parameter start: nil for the first key; a backward scan begins at the last.
    /// - Returns: How many entries there were.
    func scan(from start: UnsafeRawBufferPointer?, limit: Int) throws -> Int
    func scanBackward(limit: Int) throws -> Int
    /// Releases what the session holds.
    func close()
}

/// Something a peer's C API reported.
struct PeerError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
