internal import Foundation

/// The sets that a comparison measures unless it is told otherwise.
enum SetName: String, CaseIterable, Sendable {
    case small, large, uncached

    /// The uncached set has the larger values, so that what writes gather in memory
    /// (``EngineSettings/writeBufferBytes``) is no large part of it either.
    private var valueBytes: Int {
        switch self {
        case .small: 100
        case .large, .uncached: 400
        }
    }

    func workloadSet(entryCount: Int) -> WorkloadSet {
        let dataBytes = Workload.dataBytes(entryCount: entryCount, valueBytes: valueBytes)
        return WorkloadSet(
            name: rawValue, entryCount: entryCount, valueBytes: valueBytes,
            cacheBytes: self == .uncached
                ? CacheSize.eighth(of: dataBytes) : CacheSize.all(of: dataBytes))
    }
}

/// One set of a comparison: how many entries of which size, and how much of them a cache holds.
struct WorkloadSet: Sendable, Equatable {
    var name: String
    var entryCount: Int
    var valueBytes: Int
    /// Of every engine that has a cache.
    var cacheBytes: Int

    var dataBytes: Int { Workload.dataBytes(entryCount: entryCount, valueBytes: valueBytes) }

    /// What it is in a few words, by its figures: at a small scale the least cache holds it all.
    var title: String {
        // A cache needs more room than the bytes of the data alone.
        let isCached = cacheBytes >= 2 * dataBytes
        let times = String(format: "%.3g", Double(dataBytes) / Double(cacheBytes))
        return "values of \(valueBytes) B, "
            + (isCached ? "everything cached" : "\(times) times as much data as cache")
    }

    /// All but how many entries it has, as arguments.
    var arguments: [String] {
        ["--value-bytes", "\(valueBytes)", "--cache-bytes", "\(cacheBytes)"]
    }
}

enum CacheSize {
    /// All of the data and what a cache needs beside it.
    static func all(of dataBytes: Int) -> Int { max(64 << 20, 2 * dataBytes) }

    /// An eighth of the data, and what a cache must have at least.
    static func eighth(of dataBytes: Int) -> Int { max(4 << 20, dataBytes / 8) }
}
