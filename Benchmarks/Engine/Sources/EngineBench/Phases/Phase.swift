/// What is measured, in the order it runs.
enum Phase: String, CaseIterable, Codable, Sendable {
    case fillseq, fillbatch
    case fillrandom, readsettled, compact, open
    case readrandom, readrandom2, readmissing, seek, range100, scan, scanback
    case readsmallcache
    case overwrite, readwhilewriting, writewhilereading, deleterandom
    case fillsync1, fillsync8, fillsync32, openlog

    /// Whether it works on the entries that a random fill left (see ``FilledDatabase``).
    var usesFilledDatabase: Bool {
        switch self {
        case .fillseq, .fillbatch, .fillsync1, .fillsync8, .fillsync32, .openlog: false
        default: true
        }
    }

    /// Whether it begins with an empty database and writes entries that are not there yet.
    var isFill: Bool {
        switch self {
        case .fillseq, .fillbatch, .fillrandom, .fillsync1, .fillsync8, .fillsync32: true
        default: false
        }
    }

    /// What one operation is; entries for walks.
    var unit: String {
        switch self {
        case .range100, .scan, .scanback: "entries/s"
        case .compact, .open, .openlog: "a second"
        default: "ops/s"
        }
    }

    /// How many threads write durably; nil for a phase that does not.
    var syncedWriters: Int? {
        switch self {
        case .fillsync1: 1
        case .fillsync8: 8
        case .fillsync32: 32
        default: nil
        }
    }

    var explanation: String {
        switch self {
        case .fillseq: "put every entry in key order into an empty database, 1 thread"
        case .fillbatch: "put every entry in random order, 1,000 to an atomic batch"
        case .fillrandom: "put every entry once in random order into an empty database, 1 thread"
        case .readsettled: "get random keys right after the fill has settled, 1 thread"
        case .compact: "merge everything into its final place"
        case .open: "open a cleanly closed database and get one key"
        case .readrandom: "get random keys, cache warm, 1 thread"
        case .readrandom2: "get random keys, cache warm, 2 threads"
        case .readmissing: "get keys between the stored ones, cache warm, 1 thread"
        case .seek: "take a fresh view, seek to a random key, step once"
        case .range100: "take a fresh view, seek to a random key, read 100 entries"
        case .scan: "read all entries forward"
        case .scanback: "read all entries backward"
        case .readsmallcache: "get random keys, cache an eighth of the data, 1 thread"
        case .overwrite: "put every key again in another random order, 1 thread"
        case .readwhilewriting: "get random keys while a second thread overwrites others"
        case .writewhilereading: "the second thread's overwrites"
        case .deleterandom: "delete every key in random order, 1 thread"
        case .fillsync1: Self.durablePuts(by: "1 writer")
        case .fillsync8: Self.durablePuts(by: "8 writers")
        case .fillsync32: Self.durablePuts(by: "32 writers")
        case .openlog:
            "open what kill -9 left with up to \(RoundRunner.loggedBytes >> 20) MiB of puts in the "
                + "log, and get one key"
        }
    }

    private static func durablePuts(by writers: String) -> String {
        "put random keys for \(RoundRunner.syncedSeconds) seconds, or --phase-seconds if less, "
            + "each durable before it returns, \(writers)"
    }
}
