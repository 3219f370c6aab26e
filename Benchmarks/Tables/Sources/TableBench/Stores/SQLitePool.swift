import Foundation
import GRDB

/// A GRDB pool on a folder, set up as its documentation advises, and the two ways to call it.
struct SQLitePool: Sendable {
    let pool: DatabasePool
    /// Whether calls block the calling thread instead of suspending the task.
    let isBlocking: Bool

    init(_ settings: StoreSettings) throws {
        try FileManager.default.createDirectory(
            atPath: settings.folder, withIntermediateDirectories: true)
        var configuration = Configuration()
        configuration.prepareDatabase { database in
            // A negative number is of KiB. SQLite's own default is 2 MiB.
            try database.execute(sql: "PRAGMA cache_size = \(-(settings.cacheMib << 10))")
        }
        pool = try DatabasePool(
            path: settings.folder + "/data.sqlite", configuration: configuration)
        isBlocking = settings.engine == .grdbBlocking
        // 64 MiB; SQLite's own default is 1,000 pages, 4 MB.
        let checkpoint = "PRAGMA wal_autocheckpoint = 16384"
        // A pool sets NORMAL on its writer when it turns WAL on, so this comes after.
        let level = settings.durability == .synced ? "FULL" : "NORMAL"
        try pool.writeWithoutTransaction {
            try $0.execute(sql: "PRAGMA synchronous = \(level); \(checkpoint)")
        }
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (GRDB.Database) throws -> Value
    ) async throws -> Value {
        isBlocking ? try readBlocking(body) : try await pool.read(body)
    }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (GRDB.Database) throws -> Value
    ) async throws -> Value {
        isBlocking ? try writeBlocking(body) : try await pool.write(body)
    }

    // Not async, so that the blocking overloads are the ones called.
    private func readBlocking<Value>(_ body: (GRDB.Database) throws -> Value) throws -> Value {
        try pool.read(body)
    }

    private func writeBlocking<Value>(_ body: (GRDB.Database) throws -> Value) throws -> Value {
        try pool.write(body)
    }

    func close() throws { try pool.close() }

    /// What SQLite itself says it runs with.
    func settings() throws -> [String: String] {
        let levels = [0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"]
        return try pool.writeWithoutTransaction { database in
            func pragma<Value: DatabaseValueConvertible>(_ name: String) throws -> Value? {
                try Value.fetchOne(database, sql: "PRAGMA \(name)")
            }
            let level: Int = try pragma("synchronous") ?? -1
            let cacheKiB: Int = try pragma("cache_size") ?? 0
            let mode: String = try pragma("journal_mode") ?? "?"
            let pages: Int = try pragma("wal_autocheckpoint") ?? 0
            let version = try String.fetchOne(database, sql: "SELECT sqlite_version()") ?? "?"
            return [
                "SQLite": version, "journal": mode, "synchronous": levels[level] ?? "?",
                "cache": "\(-cacheKiB >> 10) MiB a connection",
                "WAL checkpoint": "at \(pages) pages",
                "readers": "\(pool.configuration.maximumReaderCount)",
                "access": isBlocking ? "blocking" : "async",
            ]
        }
    }
}
