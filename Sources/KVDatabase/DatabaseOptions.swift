public import StorageEngine

/// The settings of a database. Those of its engine have the bounds of their namesakes in
/// `EngineOptions`; a database opens inside them alone.
public struct DatabaseOptions: Sendable {
    /// The region in ARNs.
    public var region: String
    /// The twelve digits in ARNs.
    public var accountID: String
    /// When a write is acknowledged. Default: after it is synced to the disk.
    public var durability: Durability
    /// Uncompressed blocks kept in memory. Default 128 MiB.
    public var blockCacheSizeBytes: Int
    /// How much is gathered in memory before it is written as a table file. Default 16 MiB.
    public var memtableSizeBytes: Int
    /// The disk, for tests that simulate one.
    package var filesystem: any Filesystem = POSIXFilesystem()
    /// Where the engine works, for tests that must be deterministic.
    package var backgroundWork: BackgroundWork = .threads

    public init(
        region: String = "us-east-1", accountID: String = "000000000000",
        durability: Durability = .synced, blockCacheSizeBytes: Int = 128 << 20,
        memtableSizeBytes: Int = 16 << 20
    ) {
        self.region = region
        self.accountID = accountID
        self.durability = durability
        self.blockCacheSizeBytes = blockCacheSizeBytes
        self.memtableSizeBytes = memtableSizeBytes
    }

    var engineOptions: EngineOptions {
        var options = EngineOptions()
        options.filesystem = filesystem
        options.durability = durability
        options.blockCacheSizeBytes = blockCacheSizeBytes
        options.memtableSizeBytes = memtableSizeBytes
        options.backgroundWork = backgroundWork
        return options
    }
}
