import Glibc
import KvdTestSupport
@testable import StorageEngine
import Synchronization
import Testing

@Suite("Inspection of manifests and of folders")
struct DatabaseInspectionTests {
    private let files = InspectedFiles()

    private func manifest() throws -> (name: String, bytes: [UInt8]) {
        let found = try #require(
            try InspectedFiles.database().first { $0.key.hasPrefix("MANIFEST-") })
        return (found.key, found.value)
    }

    /// An engine with tables in several levels, and its disk.
    private func engine() throws -> (Engine, SimulatedFilesystem) {
        let disk = SimulatedFilesystem(seed: 1)
        var options = EngineOptions.tiny(filesystem: disk)
        // One manifest holds all that became of it.
        options.simulation.manifestRollSizeBytes = SimulationSettings().manifestRollSizeBytes
        let engine = try Engine.open(folder: "/db", options: options)
        var random = SeededRandom.fromEnvironment("DatabaseInspectionTests")
        for _ in 0..<1500 {
            let key = [UInt8.random(in: 0...255, using: &random), UInt8(random.int(in: 0...255))]
            try engine.commit([
                random.int(in: 0...9) == 0
                    ? .delete(key) : .put(key, [UInt8](repeating: key[0], count: 30)),
                .add(counter: 3, 1),
            ])
        }
        return (engine, disk)
    }

    @Test("A manifest shows its edits, and the version that they make is the engine's")
    func manifestVersion() throws {
        let (engine, disk) = try engine()
        try engine.flush()
        let current = try InspectedFile.open("/db/CURRENT", filesystem: disk)
        #expect(current.kind == .manifest)
        let inspection = try ManifestInspection(current)
        let (steps, error) = inspection.allSteps()
        #expect(error == nil)
        #expect(steps.last == .end(.complete(offset: current.sizeBytes)))
        let edits = steps.compactMap { if case .edit(let edit) = $0 { edit } else { nil } }
        #expect(edits.count > 10)
        #expect(zip(edits, edits.dropFirst()).allSatisfy { $0.offset < $1.offset })
        let added = edits.flatMap(\.addedTables).map(\.number)
        let removed = edits.flatMap(\.removedTables)
        #expect(!removed.isEmpty)
        let version = try #require(inspection.version)
        #expect(
            Set(version.tables.map(\.number))
                == Set(added).subtracting(
                    removed.filter { number in !version.tables.contains { $0.number == number } }))
        #expect(version.counters == [.init(id: 3, value: engine.counter(3))])
        for (level, statistics) in engine.statistics().levels.enumerated() {
            let tables = version.tables.filter { $0.level == level }
            #expect(tables.count == statistics.tableCount)
            #expect(tables.reduce(0) { $0 + $1.sizeBytes } == statistics.sizeBytes)
            #expect(tables.reduce(0) { $0 + $1.entryCount } == statistics.entryCount)
        }
        try engine.close()
    }

    @Test("A manifest under another name is known by its first record")
    func otherName() throws {
        let (name, bytes) = try manifest()
        let copy = try files.file("copy", bytes)
        #expect(copy.kind == .manifest)
        #expect(
            try ManifestInspection(copy).allSteps().steps
                == ManifestInspection(files.file(name, bytes)).allSteps().steps)
    }

    @Test("A manifest cut or changed at any byte shows a prefix of its edits, or damage")
    func damagedAnywhere() throws {
        let (name, bytes) = try manifest()
        let whole = try ManifestInspection(files.file(name, bytes)).allSteps().steps.dropLast()
        for place in 0..<bytes.count {
            var changed = bytes
            changed[place] ^= 1 << UInt8(place % 8)
            for damaged in [changed, Array(bytes[..<place])] {
                let (steps, error) = try ManifestInspection(files.file(name, damaged)).allSteps()
                let shown = error == nil ? steps.dropLast() : steps[...]
                #expect(whole.starts(with: shown), "at \(place)")
                #expect(error != nil || shown.count < whole.count || place == damaged.count)
            }
        }
    }

    @Test("A folder's levels are those of the engine that has it open, and all of it is whole")
    func levels() throws {
        let (engine, disk) = try engine()
        let inspection = try DatabaseInspection.inspect("/db", filesystem: disk)
        #expect(inspection.damages.isEmpty)
        let statistics = engine.statistics()
        #expect(inspection.levels.count == statistics.levels.count)
        for (seen, level) in zip(inspection.levels, statistics.levels) {
            #expect(seen.tables.count == level.tableCount)
            #expect(seen.sizeBytes == level.sizeBytes)
            #expect(seen.entryCount == level.entryCount)
            #expect(seen.deletionCount == level.deletionCount)
            #expect(seen.hiddenCount == level.hiddenCount)
            #expect(seen.denseGarbageCount == level.denseGarbageCount)
            #expect(seen.sortedRunCount == level.sortedRunCount)
            #expect(seen.filterBitsPerEntry == level.filterBitsPerEntry)
            if level.tableCount > 0 {
                #expect(seen.smallestKey == seen.tables.map(\.smallestKey).min { $0 < $1 })
                #expect(seen.largestKey == seen.tables.map(\.largestKey).max { $0 < $1 })
            }
        }
        // The log that is written to, and the one that is ready for after it.
        #expect(inspection.logs.filter(\.isInForce).count == 2)
        #expect(inspection.counterCount == 1)
        #expect(inspection.unnamedFiles.isEmpty)
        for table in inspection.levels.flatMap(\.tables) { try inspection.verify(table) }
        for log in inspection.logs { try inspection.verify(log) }
        // An inspection neither wrote nor locked.
        try engine.commit([.put([1], [1])])
        try engine.close()
    }

    /// What a crash leaves of an engine whose flushes were held up: three logs in force.
    private func severalLogs() throws -> (disk: SimulatedFilesystem, logs: [String]) {
        let isHeld = Mutex(true)
        defer { isHeld.withLock { $0 = false } }
        let disk = SimulatedFilesystem(seed: 3)
        let engine = try Engine.open(
            folder: "/db", options: .tiny(filesystem: disk, backgroundWork: .threads))
        disk.setHook { call in
            if call.kind == .write, call.path.hasSuffix(".sst") {
                while isHeld.withLock({ $0 }) { usleep(1_000) }
            }
            return .run
        }
        for number: UInt8 in 0..<150 {
            try engine.commit([.put([number], Array(repeating: number, count: 200))])
        }
        let killed = disk.restart(.losesAll)
        return (killed, try killed.names(in: "/db").filter { $0.hasSuffix(".log") })
    }

    private func damage(of disk: SimulatedFilesystem) throws -> EngineError? {
        let inspection = try DatabaseInspection.inspect("/db", filesystem: disk)
        do throws(EngineError) {
            for log in inspection.logs { try inspection.verify(log) }
            try inspection.verifyLogChain()
            return nil
        } catch {
            return error
        }
    }

    @Test("A verification tells of the logs what a recovery refuses, and nothing else")
    func logChain() throws {
        let (killed, logs) = try severalLogs()
        try #require(logs.count >= 3)
        func isRefused(_ disk: SimulatedFilesystem) throws -> Bool {
            let damage = try damage(of: disk)
            do throws(EngineError) {
                try Engine.open(folder: "/db", options: .tiny(filesystem: disk)).close()
            } catch {
                #expect(damage != nil, "\(error) was not told")
                return true
            }
            #expect(damage == nil)
            return false
        }
        #expect(try !isRefused(killed.restart(.keepsAll)))
        var refusalCount = 0
        for (place, log) in logs.enumerated() {
            let path = "/db/\(log)"
            let missing = killed.restart(.keepsAll)
            try missing.remove(path)
            if try isRefused(missing) { refusalCount += 1 }
            // The last bytes of a log, for which nothing in it vouches.
            let contents = try killed.contents(of: path)
            guard let end = contents.lastIndex(where: { $0 != 0 }) else { continue }
            let changed = killed.restart(.keepsAll)
            try changed.corrupt(path, at: end - 2, mask: 4)
            let isLast = place == logs.count - 1
            if try isRefused(changed) { refusalCount += 1 } else { #expect(isLast || end < 100) }
        }
        #expect(refusalCount >= 4)
    }

    @Test("Missing, cut and changed tables are told, and files that nothing names")
    func damages() throws {
        let (engine, disk) = try engine()
        try engine.close()
        let tables = try DatabaseInspection.inspect("/db", filesystem: disk).levels
            .flatMap(\.tables)
        try #require(tables.count >= 3)
        func path(_ index: Int) -> String { FileName.table(tables[index].number).path(in: "/db") }
        try disk.remove(path(0))
        try disk.replaceContents(of: path(1), with: Array(disk.contents(of: path(1)).dropLast()))
        var bytes = try disk.contents(of: path(2))
        bytes[3] ^= 1
        try disk.replaceContents(of: path(2), with: bytes)
        _ = try disk.open("/db/999998.sst", .create)
        _ = try disk.open("/db/notes.txt", .create)
        let inspection = try DatabaseInspection.inspect("/db", filesystem: disk)
        #expect(inspection.damages.count == 2)
        #expect(inspection.unnamedFiles == ["999998.sst"])
        #expect(throws: EngineError.self) { try inspection.verify(tables[2]) }
    }

    @Test("The format of tables is 2 where one has range tombstones")
    func tableFormat() throws {
        let disk = SimulatedFilesystem(seed: 1)
        var options = EngineOptions()
        options.filesystem = disk
        for version: UInt32 in [1, 2] {
            let engine = try Engine.open(folder: "/db", options: options)
            // So many that the tombstone is too small a part of them to be compacted away.
            let batch = WriteBatch((5..<25).map { .put([$0], []) })
            if version == 2 { batch.deleteRange(lower: [1], upper: [3]) }
            try engine.commit(batch)
            try engine.flush()
            try engine.close()
            let inspection = try DatabaseInspection.inspect("/db", filesystem: disk)
            #expect(inspection.tableFormatVersion == version)
        }
    }

    @Test("A table whose whole-file checksum is not the manifest's is damage")
    func wholeChecksum() throws {
        let (engine, disk) = try engine()
        try engine.close()
        let inspection = try DatabaseInspection.inspect("/db", filesystem: disk)
        let table = try #require(inspection.levels.flatMap(\.tables).first)
        let path = FileName.table(table.number).path(in: "/db")
        let file = try InspectedFile.open(path, filesystem: disk)
        for difference: UInt32 in [0, 1] {
            let claim = InspectedTable(
                SSTableMetadata(
                    number: table.number, sizeBytes: table.sizeBytes,
                    checksum: table.checksum ^ difference, smallestKey: [], largestKey: [],
                    smallestSequence: 0, largestSequence: 0, entryCount: 0, deletionCount: 0),
                level: 0)
            if difference == 0 {
                try claim.verify(file)
            } else {
                #expect(throws: EngineError.self) { try claim.verify(file) }
            }
        }
    }

    @Test("A folder without a database, and a file that is none of kvd's, are refused")
    func foreign() throws {
        let disk = SimulatedFilesystem(seed: 1)
        try disk.createFolder("/other")
        #expect(throws: EngineError.self) {
            try DatabaseInspection.inspect("/other", filesystem: disk)
        }
        for bytes in [[], Array("text".utf8), [UInt8](repeating: 0, count: 500)] {
            #expect {
                _ = try files.file("notes.txt", bytes)
            } throws: { error in
                if case .unsupportedFormat = error as? EngineError { true } else { false }
            }
        }
    }
}

private func < (left: InspectedBytes, right: InspectedBytes) -> Bool {
    Version.precedes(left.prefix, right.prefix)
}
