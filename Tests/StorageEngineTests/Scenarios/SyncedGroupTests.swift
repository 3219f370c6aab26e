import KvdTestSupport
import StorageEngine
import Testing

/// What is damaged before the last sync of a log that was not closed is refused, since what was
/// acknowledged must not vanish in silence.
@Suite("Damage to synced groups")
struct SyncedGroupTests {
    private static let random = SeededRandom.fromEnvironment("SyncedGroupTests")

    /// A database whose engine was killed: its one log, with where each synced group of it ends.
    private struct KilledDatabase {
        let disk: SimulatedFilesystem
        let log: String
        var groupEnds: [Int] = []

        init(_ random: inout SeededRandom) throws {
            let disk = SimulatedFilesystem(seed: random.next())
            var options = EngineOptions.tiny(filesystem: disk)
            options.memtableSizeBytes = 1 << 20
            options.logZerosAheadSizeBytes = random.chance(1, in: 2) ? 0 : 1_500
            let engine = try Engine.open(folder: "/db", options: options)
            // Some logs are longer than a block.
            let largestValue = random.chance(1, in: 3) ? 30_000 : 150
            for _ in 0..<random.int(in: 2...5) {
                disk.recordCalls()
                for _ in 0..<random.int(in: 1...4) {
                    let value = random.bytes(count: random.int(in: 0...largestValue))
                    let batch = WriteBatch([.put(random.bytes(count: 5), value)])
                    _ = try engine.submit(batch, mayBlock: true)
                }
                engine.whenDurable(engine.appliedSequence) { error in #expect(error == nil) }
                let write = try #require(disk.recordedCalls.first { $0.kind == .write })
                groupEnds.append(write.offset + write.byteCount)
            }
            let log = try #require(try disk.names(in: "/db").first { $0.hasSuffix(".log") })
            self.log = log
            self.disk = disk.restart(.losesAll)
        }

        /// What an open makes of the log with one byte changed.
        func open(changed offset: Int, mask: UInt8) throws -> EngineError? {
            let disk = disk.restart(.keepsAll)
            try disk.corrupt("/db/\(log)", at: offset, mask: mask)
            do throws(EngineError) {
                try Engine.open(folder: "/db", options: .tiny(filesystem: disk)).close()
                return nil
            } catch {
                return error
            }
        }
    }

    @Test("A changed byte in any synced group but the last is refused, in the last a torn tail")
    func changedByte() throws {
        var random = Self.random
        for _ in 0..<9 {
            let database = try KilledDatabase(&random)
            let ends = database.groupEnds
            let (vouchedFor, end) = (ends[ends.count - 2], ends[ends.count - 1])
            // Every byte of short logs, about five hundred of long ones.
            for offset in stride(from: 0, to: end, by: max(1, end / 500)) {
                let mask = UInt8(1) << UInt8(random.int(in: 0..<8))
                let error = try database.open(changed: offset, mask: mask)
                let context: Comment = "KVD_SEED=\(Self.random.seed), byte \(offset) of \(ends)"
                if offset >= vouchedFor {
                    #expect(error == nil, context)
                } else if case .corruption(let file, _, _) = error {
                    #expect(file == database.log, context)
                } else {
                    Issue.record("\(context): \(String(describing: error))")
                }
            }
        }
    }
}
