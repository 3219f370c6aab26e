import Foundation
import KvdTestSupport
@testable import StorageEngine

/// Files in memory for inspections, and all that an inspection of one tells.
struct InspectedFiles {
    let filesystem = MemoryFilesystem()

    /// A file with the given bytes; each call makes a folder of its own.
    func file(_ name: String, _ bytes: some Collection<UInt8>) throws -> InspectedFile {
        let path = "/\(UUID().uuidString)/\(name)"
        let handle = try filesystem.open(path, .create)
        try Array(bytes).withUnsafeBytes { try handle.write($0, at: 0) }
        return try InspectedFile.open(path, filesystem: filesystem)
    }

    /// The names and bytes of a database folder with tables in several levels, two logs of which the
    /// last is not closed, and counters.
    static func database() throws -> [String: [UInt8]] {
        let disk = SimulatedFilesystem(seed: 1)
        var options = EngineOptions.tiny(filesystem: disk)
        options.memtableSizeBytes = 4 << 10
        options.bloomBitsPerKey = 10
        // One manifest holds all that became of it.
        options.simulation.manifestRollSizeBytes = SimulationSettings().manifestRollSizeBytes
        let engine = try Engine.open(folder: "/db", options: options)
        for number in 0..<300 {
            try engine.commit([
                .put(key(number * 7 % 100), Array("value \(number)".utf8)),
                .delete(key(number * 3 % 100)), .add(counter: 5, 2),
            ])
        }
        try engine.flush()
        try engine.commit([.put(key(1), Array(repeating: 9, count: 700)), .delete([0xFF])])
        try engine.commit([.add(counter: 6, -1)])
        var files: [String: [UInt8]] = [:]
        for name in try disk.names(in: "/db") {
            files[name] = [UInt8](try disk.contents(of: "/db/\(name)"))
        }
        try engine.close()
        return files
    }

    static func key(_ number: Int) -> [UInt8] { Array("key \(number)".utf8) }

    /// The files of a fixture folder.
    static func fixture(_ fixture: FormatFixture = .version1) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in try FileManager.default.contentsOfDirectory(
            atPath: fixture.database.path())
        {
            files[name] = [UInt8](
                try Data(contentsOf: fixture.database.appending(path: name)))
        }
        return files
    }
}

/// An inspection that goes step by step.
protocol SteppedInspection {
    associatedtype Step
    func next() throws(EngineError) -> Step?
}

extension LogInspection: SteppedInspection {}
extension ManifestInspection: SteppedInspection {}

extension SteppedInspection {
    /// Every step, and the error that ended them.
    func allSteps() -> (steps: [Step], error: EngineError?) {
        var steps: [Step] = []
        do throws(EngineError) {
            while let step = try next() { steps.append(step) }
            return (steps, nil)
        } catch {
            return (steps, error)
        }
    }
}

extension SSTableInspection {
    /// Walks over every block and entry, checks all of them, and gives the entries.
    func verifiedEntries() throws(EngineError) -> [Entry] {
        var entries: [Entry] = []
        while let block = try nextBlock() {
            try verify(block)
            try forEachEntry(of: block) { entry in
                entries.append(entry)
                return true
            }
        }
        try verifyTotals()
        return entries
    }
}
