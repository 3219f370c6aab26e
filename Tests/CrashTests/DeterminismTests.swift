import KvdTestSupport
import StorageEngine
import Testing

@Suite("Determinism")
struct DeterminismTests {
    /// Crashing at the n-th call covers every call only if call n is the same one in every run.
    @Test(
        "The same workload makes the same calls each time it is played",
        arguments: [Durability.synced, .interval(.seconds(3_600)), .none])
    func sameCalls(durability: Durability) {
        let workload = EngineWorkload(seed: 7, commitCount: 300)
        let runs = (0..<3).map { _ in
            let disk = SimulatedFilesystem(seed: 7)
            var options = EngineOptions.tiny(filesystem: disk)
            options.durability = durability
            options.simulation.endsIntervalsByCall = true
            disk.recordCalls()
            let (progress, engine) = workload.run(options)
            #expect(progress.errors.isEmpty)
            try? engine?.close()
            return disk.recordedCalls
        }
        for run in runs.dropFirst() {
            let difference = zip(runs[0], run).first { $0 != $1 }
            #expect(difference == nil)
            #expect(run.count == runs[0].count)
        }
    }
}
