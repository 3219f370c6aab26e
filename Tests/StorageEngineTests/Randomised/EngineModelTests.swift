import Glibc
import KvdTestSupport
import StorageEngine
import Testing

/// The engine against a sorted array, under everything a caller may do in any order.
@Suite("Engine against the reference model")
struct EngineModelTests {
    private static let random = SeededRandom.fromEnvironment("EngineModelTests")
    private static let operationCount = 2_000

    /// The runs to make: all of them, or the one that `KVD_RUN` names.
    private static func runs(_ count: Int) -> [Int] {
        guard let text = getenv("KVD_RUN"), let run = Int(String(cString: text)) else {
            return Array(0..<count)
        }
        return [run]
    }

    @Test("Background work on the caller's thread", arguments: runs(200))
    func inline(run: Int) throws {
        try Self.check(run, backgroundWork: .inline)
    }

    @Test("Background work on the engine's threads", arguments: runs(20))
    func threads(run: Int) throws {
        try Self.check(run, backgroundWork: .threads)
    }

    @Test("Together the runs reach what none has to reach alone")
    func activity() throws {
        var missing: [EngineActivity.Kind] = [
            .move, .drop, .garbageRewrite, .manifestRoll, .oneLevelIndex, .partitionedIndex,
        ]
        for run in 0..<50 where !missing.isEmpty {
            var modelRun = try EngineModelRun(
                random: Self.random.split(UInt64(run)), backgroundWork: .inline)
            for _ in 0..<Self.operationCount { try modelRun.step() }
            missing.removeAll { modelRun.activity.count($0) > 0 }
        }
        #expect(missing == [], "KVD_SEED=\(Self.random.seed)")
    }

    private static func check(_ run: Int, backgroundWork: BackgroundWork) throws {
        var modelRun = try EngineModelRun(
            random: random.split(UInt64(run)), backgroundWork: backgroundWork)
        var operation = 0
        do {
            while operation < operationCount {
                try modelRun.step()
                operation += 1
            }
            try modelRun.finish()
        } catch {
            Issue.record(
                """
                KVD_SEED=\(random.seed) KVD_RUN=\(run), operation \(operation): \(error)
                last: \(modelRun.history.suffix(12).joined(separator: "; "))
                """)
        }
    }
}
