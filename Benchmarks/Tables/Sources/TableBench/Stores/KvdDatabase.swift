import KVDatabase

/// How both of kvd's stores open their database.
enum KvdDatabase {
    static func open(_ settings: StoreSettings) throws -> Database {
        let durability: Durability =
            switch settings.durability {
            case .synced: .synced
            case .interval: .interval(.milliseconds(100))
            case .none: .none
            }
        return try Database.open(
            at: settings.folder,
            options: DatabaseOptions(
                durability: durability, blockCacheSizeBytes: settings.cacheMib << 20))
    }

    /// Makes a table unless an earlier process of the same folder did.
    static func createTable(_ request: CreateTable.Request, in database: Database) async throws {
        do {
            _ = try await database.createTable(request)
        } catch {
            if error.code != .resourceInUse { throw error }
        }
    }

    static func settings(_ settings: StoreSettings) -> [String: String] {
        let durability =
            switch settings.durability {
            case .synced: "synced (fdatasync before the answer)"
            case .interval: "interval, 100 ms"
            case .none: "none (the system has it before the answer)"
            }
        return [
            "access": "async", "durability": durability,
            "block cache": "\(settings.cacheMib) MiB",
            "memtable": "\(DatabaseOptions().memtableSizeBytes >> 20) MiB",
        ]
    }
}
