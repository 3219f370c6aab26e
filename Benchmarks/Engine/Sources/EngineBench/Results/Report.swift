internal import Foundation

/// Everything a comparison found, as it is written to a JSON file and into the page.
struct Report: Codable, Sendable {
    var format = "kvd-engine-benchmark-2"
    var kvdRevision: String
    var machine: Machine
    var engines: [EngineFacts]
    var phases: [PhaseFacts]
    /// In the order they were measured; while a run lasts, those that are done.
    var sets: [SetFacts] = []
    /// How to read the figures.
    var notes: [String]

    /// What was measured of one set.
    struct SetFacts: Codable, Sendable {
        var name: String
        var title: String
        var workload: WorkloadFacts
        /// Engines that could not be measured to the end, and why.
        var failures: [String]
        /// What each engine is set to.
        var descriptions: [EngineKind: EngineDescription]
        /// Median, least and most over the rounds.
        var summaries: [Summary]
        /// Every phase of every round.
        var results: [PhaseResult]
    }

    struct WorkloadFacts: Codable, Sendable {
        var entryCount: Int
        var keyBytes: Int
        var valueBytes: Int
        /// Of all keys and values.
        var dataBytes: Int
        var cacheBytes: Int
        var seed: UInt64
        var rounds: Int
    }

    struct EngineFacts: Codable, Sendable {
        var engine: EngineKind
        var name: String
        var build: PeerBuild?
    }

    struct PhaseFacts: Codable, Sendable {
        var phase: Phase
        var unit: String
        var explanation: String
    }

    struct Summary: Codable, Sendable {
        var engine: EngineKind
        var phase: Phase
        var operationsPerSecond: Spread?
        var p50Microseconds: Spread?
        var p99Microseconds: Spread?
        var p999Microseconds: Spread?
        var cpuSeconds: Spread?
        var writtenBytes: Spread?
        var readBytes: Spread?
        var writeAmplification: Spread?
        var deviceWriteAmplification: Spread?
        var spaceAmplification: Spread?
        var peakMemoryBytes: Spread?
        var isCutShort: Bool
    }

    static let notes = [
        "Only ratios of one run mean something: machines differ, and a busy one differs from itself.",
        "Each engine of each round ran in a process of its own; engines took turns, and each round"
            + " began with the next one; all rounds of one set before those of the next. Figures are"
            + " medians over the rounds.",
        "The time of a write phase ends when its last write returned; CPU time, bytes written and"
            + " amplification also count the background work that was left, until it had settled.",
        "Reads, walks and overwrites begin with everything compacted; read phases also with a warm"
            + " cache. readsettled reads what the fill left behind.",
        "Latency is taken of every operation, by the time stamp counter, and includes making the"
            + " next key (about 10 ns). A 99th percentile takes 100 operations in a round, a 99.9th"
            + " 1,000.",
        "Bytes written are the larger of what was given to write calls and of what was sent to the"
            + " disk, mapped memory included.",
        "Space amplification counts what the filesystem set aside, logs allocated ahead included:"
            + " as much as a write buffer or two, which fades with more data.",
        "WiredTiger compacts little of a file that is full, and LMDB and SQLite have no log, or a short"
            + " one, to replay: compact and openlog compare LSM engines.",
        "Every process asks for huge pages (glibc.malloc.hugetlb=1), as kvd does for its memtables and"
            + " its block cache.",
        "Bytes read are what read calls took, from the page cache too, and a few KiB are the"
            + " measuring's own. LMDB reads through mapped memory, and LevelDB its tables: that is not"
            + " counted.",
        "What the disk was given is counted by the kernel for the disk or partition, between two"
            + " moments when nothing was left to write back (syncfs before and after each phase). It"
            + " includes the filesystem's journal, and what other programs wrote.",
        "Peak memory is that of the process less what it held before the engine was opened; for LMDB"
            + " and LevelDB it includes the pages that they mapped of their files, which are the page"
            + " cache. What an allocator kept since the engine was last closed is in it.",
        "Costs are of a whole phase. readwhilewriting and writewhilereading are one: but for"
            + " throughput, latency and amplification their figures are the same.",
        "A phase that the time limit cut short is marked: its figures are of fewer operations, and"
            + " where it wrote, of less data.",
    ]
}

extension Report {
    init(
        kvdRevision: String, machine: Machine, builds: [PeerBuild], engines: [EngineKind]
    ) {
        self.init(
            kvdRevision: kvdRevision, machine: machine,
            engines: engines.map { engine in
                EngineFacts(
                    engine: engine, name: engine.displayName,
                    build: builds.first { $0.engine == engine })
            },
            phases: Phase.allCases.map {
                PhaseFacts(phase: $0, unit: $0.unit, explanation: $0.explanation)
            }, notes: Report.notes)
    }

    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}

extension Report.SetFacts {
    init(_ comparison: Comparison, _ set: WorkloadSet, seed: UInt64, rounds: Int) {
        self.init(
            name: set.name, title: set.title,
            workload: Report.WorkloadFacts(
                entryCount: set.entryCount, keyBytes: KeyBuffer.sizeBytes,
                valueBytes: set.valueBytes, dataBytes: set.dataBytes, cacheBytes: set.cacheBytes,
                seed: seed, rounds: rounds),
            failures: comparison.failures, descriptions: comparison.descriptions,
            summaries: comparison.engines.flatMap { engine in
                comparison.phases.compactMap { comparison.summary(engine, $0) }
            },
            results: comparison.results)
    }
}

extension Comparison {
    fileprivate func summary(_ engine: EngineKind, _ phase: Phase) -> Report.Summary? {
        guard let rate = spread(engine, phase, \.operationsPerSecond) else { return nil }
        return Report.Summary(
            engine: engine, phase: phase, operationsPerSecond: rate,
            p50Microseconds: spread(engine, phase) { $0.latency?.p50 },
            p99Microseconds: spread(engine, phase) { $0.latency?.p99 },
            p999Microseconds: spread(engine, phase) { $0.latency?.p999 },
            cpuSeconds: spread(engine, phase, \.cpuSeconds),
            writtenBytes: spread(engine, phase) { Double($0.writtenBytes) },
            readBytes: spread(engine, phase) { Double($0.bytesTakenFromReads) },
            writeAmplification: spread(engine, phase, \.writeAmplification),
            deviceWriteAmplification: spread(engine, phase, \.deviceWriteAmplification),
            spaceAmplification: spread(engine, phase, \.spaceAmplification),
            peakMemoryBytes: spread(engine, phase) { Double($0.peakMemoryBytes) },
            isCutShort: isCutShort(engine, phase))
    }
}
