internal import Foundation

/// Runs the chosen phases for one engine, in one process, once.
struct RoundRunner {
    let kind: EngineKind
    let phases: Set<Phase>
    let workload: Workload
    let folder: String
    /// The cache of all phases but readsmallcache.
    let cacheBytes: Int
    let writeBufferBytes: Int
    let meter: Meter
    let emit: (ChildEvent) -> Void

    var settings: EngineSettings {
        EngineSettings(
            folder: folder, cacheBytes: cacheBytes, isSynced: false, userBytes: workload.userBytes,
            writeBufferBytes: writeBufferBytes)
    }

    func run() throws {
        emit(.described(description))
        for phase in [Phase.fillseq, .fillbatch] where phases.contains(phase) {
            emit(.started(phase))
            let database = try FilledDatabase(kind, workload: workload, settings: settings)
            let result =
                phase == .fillseq
                ? try fillSequentially(database) : try fillInBatches(database)
            try database.checkContentsUnless(result.isCutShort)
            emit(.finished(result))
            try database.remove()
        }
        if phases.contains(where: \.usesFilledDatabase) { try runOnFilledDatabase() }
        try runLogPhases()
    }

    /// What the engine is set to, with what is another in the phases that need it so.
    private var description: EngineDescription {
        let base = kind.describe(settings)
        var description = base
        if phases.contains(where: { $0.syncedWriters != nil }) {
            var synced = settings
            synced.isSynced = true
            description.note(kind.describe(synced), unlike: base, in: "fillsync")
        }
        if phases.contains(.readsmallcache) {
            var small = settings
            small.cacheBytes = smallCacheBytes
            small.gathersWrites = false
            description.note(kind.describe(small), unlike: base, in: "readsmallcache")
        }
        var reading = settings
        reading.gathersWrites = false
        description.note(kind.describe(reading), unlike: base, in: "other reads")
        return description
    }

    private var smallCacheBytes: Int { CacheSize.eighth(of: workload.userBytes) }

    private func runLogPhases() throws {
        for phase in Phase.allCases where phases.contains(phase) {
            var settings = settings
            settings.isSynced = phase.syncedWriters != nil
            guard settings.isSynced || phase == .openlog else { continue }
            // It has no log, and a file as large as its map, holes that a copy would fill.
            if phase == .openlog, kind == .lmdb {
                emit(.notApplicable(phase))
                continue
            }
            let database = try FilledDatabase(kind, workload: workload, settings: settings)
            try runIfChosen(phase, database) {
                guard let threads = phase.syncedWriters else { return try openWithLog($0) }
                let result = try fillSynced(phase, $0, threads: threads)
                try $0.remove()
                return result
            }
        }
    }

    private func runOnFilledDatabase() throws {
        let database = try FilledDatabase(kind, workload: workload, settings: settings)
        try fill(database)
        try database.checkContents()
        try runIfChosen(.readsettled, database) {
            try database.warm()
            return try readRandom(.readsettled, $0, threads: 1)
        }
        try compact(database)
        try database.reopen(cacheBytes: cacheBytes, gathersWrites: false)
        try runIfChosen(.open, database, open)
        try runReads(database)
        try runIfChosen(.readsmallcache, database) {
            try $0.reopen(cacheBytes: smallCacheBytes, gathersWrites: false)
            try $0.warm()
            return try readRandom(.readsmallcache, $0, threads: 1)
        }
        try database.reopen(cacheBytes: cacheBytes, gathersWrites: true)
        try runMutations(database)
        try database.remove()
    }

    private func runReads(_ database: FilledDatabase) throws {
        try runWarm(.readrandom, database) { try readRandom(.readrandom, $0, threads: 1) }
        try runWarm(.readrandom2, database) { try readRandom(.readrandom2, $0, threads: 2) }
        try runWarm(.readmissing, database, readMissing)
        try runWarm(.seek, database) { try readRanges(.seek, $0, entries: 2) }
        try runWarm(.range100, database) { try readRanges(.range100, $0, entries: 100) }
        try runWarm(.scan, database) { try walk(.scan, $0) }
        try runWarm(.scanback, database) { try walk(.scanback, $0) }
    }

    private func runMutations(_ database: FilledDatabase) throws {
        // A B-tree writes to the pages it has read.
        if phases.contains(.overwrite), !database.isWarm { try database.warm() }
        try runIfChosen(.overwrite, database, overwrite)
        if phases.contains(.readwhilewriting) || phases.contains(.writewhilereading) {
            try compactAgain(database)
            if !database.isWarm { try database.warm() }
            emit(.started(.readwhilewriting))
            let results = try readWhileWriting(database)
            emit(.finished(results.reader))
            emit(.finished(results.writer))
        }
        if phases.contains(.deleterandom) {
            try compactAgain(database)
            if !database.isWarm { try database.warm() }
            try runIfChosen(.deleterandom, database, deleteRandom)
        }
    }

    private func runIfChosen(
        _ phase: Phase, _ database: FilledDatabase,
        _ body: (FilledDatabase) throws -> PhaseResult
    ) throws {
        guard phases.contains(phase) else { return }
        emit(.started(phase))
        emit(.finished(try body(database)))
    }

    private func runWarm(
        _ phase: Phase, _ database: FilledDatabase,
        _ body: (FilledDatabase) throws -> PhaseResult
    ) throws {
        guard phases.contains(phase) else { return }
        if !database.isWarm {
            emit(.preparing("warming the cache"))
            try database.warm()
        }
        try runIfChosen(phase, database, body)
    }

    /// The random fill: timed if it was chosen, else in batches, which leaves the same entries.
    private func fill(_ database: FilledDatabase) throws {
        if phases.contains(.fillrandom) {
            emit(.started(.fillrandom))
            let result = try fillRandomly(database)
            emit(.finished(result))
            if result.isCutShort {
                emit(.preparing("filling the rest in batches"))
                try database.fillUntimed(from: result.operations)
            }
        } else {
            emit(.preparing("filling in batches"))
            try database.fillUntimed()
        }
        try database.settle()
    }

    private func compact(_ database: FilledDatabase) throws {
        if phases.contains(.compact) {
            emit(.started(.compact))
            var isApplicable = true
            let result = try meter.measure(.compact, database) {
                let begin = TickClock.monotonicSeconds()
                isApplicable = try database.engine.compact()
                return Meter.Timed(
                    operations: 1, seconds: TickClock.monotonicSeconds() - begin, logs: nil)
            }
            emit(isApplicable ? .finished(result) : .notApplicable(.compact))
        } else if phases.contains(where: { $0.usesFilledDatabase && $0 > .compact }) {
            emit(.preparing("compacting"))
            _ = try database.engine.compact()
            try database.settle()
        }
        database.isCompacted = true
        database.isWarm = false
    }

    /// Before a phase whose predecessor has written.
    private func compactAgain(_ database: FilledDatabase) throws {
        guard !database.isCompacted else { return }
        emit(.preparing("compacting"))
        _ = try database.engine.compact()
        try database.settle()
        database.isCompacted = true
        database.isWarm = false
    }
}

extension FilledDatabase {
    fileprivate func checkContentsUnless(_ isCutShort: Bool) throws {
        if !isCutShort { try checkContents() }
    }
}

extension Phase: Comparable {
    /// By the order they run in.
    static func < (left: Phase, right: Phase) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
}
