import ArgumentParser

/// Which engine keeps the data.
enum EngineName: String, CaseIterable, ExpressibleByArgument {
    /// kvd's tables, through their `async` calls.
    case kvd
    /// SQLite through GRDB's `async` calls.
    case grdb
    /// SQLite through GRDB's blocking calls: no hop to another thread, and the calling one waits.
    case grdbBlocking = "grdb-blocking"
}

/// When a write is acknowledged.
enum DurabilityName: String, CaseIterable, ExpressibleByArgument {
    /// kvd: after fdatasync. SQLite: synchronous=FULL.
    case synced
    /// kvd: once the system has it, on the disk within 100 ms. SQLite: synchronous=NORMAL.
    case interval
    /// kvd: once the system has it. SQLite: synchronous=NORMAL.
    case none
}

/// The options that every suite has.
struct StoreSettings: ParsableArguments {
    @Option(help: "kvd, grdb or grdb-blocking.")
    var engine: EngineName

    @Option(help: "The folder for the data; must be empty or missing.")
    var folder: String

    @Option(help: "synced, interval or none.")
    var durability = DurabilityName.synced

    @Option(help: "Cache of kvd, and of each connection of SQLite, in MiB.")
    var cacheMib = 128

    @Option(help: "What the random choices start from; the same seed makes the same choices.")
    var seed: UInt64 = 1

    func validate() throws {
        guard (1...65_536).contains(cacheMib) else {
            throw ValidationError("--cache-mib must be between 1 and 65536")
        }
    }
}
