import KvdTestSupport
import StorageEngine
import Testing

@Suite("Determinism")
struct DeterminismTests {
    /// Crashing at the n-th call covers every call only if call n is the same one in every run.
    @Test("The same workload makes the same calls each time it is played")
    func sameCalls() {
        let workload = EngineWorkload(seed: 7, commitCount: 300)
        let runs = (0..<3).map { _ in
            let disk = SimulatedFilesystem(seed: 7)
            disk.recordCalls()
            let (progress, engine) = workload.run(.tiny(filesystem: disk))
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
