import Dispatch
import KvdTestSupport
import StorageEngine
import Synchronization
import Testing

/// Checkpoints of a database that threads write to, flush and compact.
@Suite("Checkpoints under load")
struct CheckpointConcurrencyTests {
    private static let random = SeededRandom.fromEnvironment("CheckpointConcurrencyTests")

    /// What writers did: batches by their last sequence, and how far they were acknowledged.
    private final class History: Sendable {
        private let batches = Mutex<[UInt64: [OrderedMapModel.Change]]>([:])
        private let acknowledged = Atomic<UInt64>(0)
        let isOver = Atomic<Bool>(false)

        var acknowledgedSequence: UInt64 { acknowledged.load(ordering: .acquiring) }

        func commit(_ changes: [OrderedMapModel.Change], to engine: Engine) throws {
            let last = try engine.submit(WriteBatch(changes), mayBlock: true)
            batches.withLock { $0[last] = changes }
            try engine.waitUntilDurable(last)
            acknowledged.max(last, ordering: .acquiringAndReleasing)
        }

        /// The state after everything up to a sequence; nil where no batch ends there.
        func state(at sequence: UInt64) -> OrderedMapModel? {
            batches.withLock { batches in
                guard sequence == 0 || batches[sequence] != nil else { return nil }
                var model = OrderedMapModel()
                for last in batches.keys.sorted() where last <= sequence {
                    model.apply(batches[last] ?? [])
                }
                return model
            }
        }
    }

    @Test(
        "Each holds a prefix of the commits with all that was acknowledged before it",
        arguments: [Durability.synced, .interval(.milliseconds(5)), .none])
    func prefix(durability: Durability) throws {
        let disk = MemoryFilesystem()
        var options = EngineOptions.tiny(filesystem: disk, backgroundWork: .threads)
        options.durability = durability
        options.waitingMemtableLimit = 4
        let engine = try Engine.open(folder: "/db", options: options)
        let history = History()
        let least = Mutex<[UInt64]>([])
        let (writers, checkpoints) = (3, 30)
        let random = Self.random.split(UInt64(durability == .synced ? 1 : 2))
        try runThreads(writers + 1) { index in
            var random = random.split(UInt64(index))
            if index < writers {
                while !history.isOver.load(ordering: .relaxed) {
                    try history.commit(Self.changes(&random), to: engine)
                }
            } else {
                defer { history.isOver.store(true, ordering: .relaxed) }
                for number in 0..<checkpoints {
                    let target = history.acknowledgedSequence + UInt64(random.int(in: 0...200))
                    _ = eventually(within: 1) { history.acknowledgedSequence >= target }
                    let acknowledged = history.acknowledgedSequence
                    try engine.checkpoint(to: "/copy\(number)")
                    least.withLock { $0.append(acknowledged) }
                }
            }
        }
        #expect(engine.statistics().flushCount > 10)
        try engine.close()
        for (number, acknowledged) in least.withLock({ $0 }).enumerated() {
            let copy = try Engine.open(folder: "/copy\(number)", options: .tiny(filesystem: disk))
            let sequence = copy.appliedSequence
            #expect(sequence >= acknowledged, "copy \(number), KVD_SEED=\(Self.random.seed)")
            let state = try #require(
                history.state(at: sequence), "copy \(number), KVD_SEED=\(Self.random.seed)")
            try copy.requireEqual(state)
            try copy.close()
        }
    }

    private static func changes(_ random: inout SeededRandom) -> [OrderedMapModel.Change] {
        (0..<random.int(in: 1...4)).map { _ in
            let key = Array("key\(random.int(in: 0..<200))".utf8)
            return random.chance(1, in: 5)
                ? .delete(key) : .put(key, random.bytes(count: random.int(in: 0...120)))
        } + [.add(counter: 1, Int64(random.int(in: 0...9)))]
    }
}

extension Engine {
    /// Waits as ``commit(_:)`` does.
    fileprivate func waitUntilDurable(_ sequence: UInt64) throws {
        let semaphore = DispatchSemaphore(value: 0)
        let failure = Mutex<EngineError?>(nil)
        whenDurable(sequence) { error in
            failure.withLock { $0 = error }
            semaphore.signal()
        }
        semaphore.wait()
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
