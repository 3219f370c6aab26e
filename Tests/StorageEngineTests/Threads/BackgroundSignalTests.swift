import KvdTestSupport
@testable import StorageEngine
import Synchronization
import Testing

@Suite("The background signal")
struct BackgroundSignalTests {
    @Test("Requests do not cut a pause between two tries short")
    func pause() throws {
        let signal = BackgroundSignal()
        let isDone = Atomic<Bool>(false)
        let start = ContinuousClock.now
        try runThreads(2) { index in
            if index == 0 {
                signal.pause(.milliseconds(100))
                isDone.store(true, ordering: .releasing)
            } else {
                while !isDone.load(ordering: .acquiring) { signal.requestFlush() }
            }
        }
        #expect(ContinuousClock.now - start >= .milliseconds(100))
    }

    @Test("A close ends a pause")
    func closeEndsPause() throws {
        let signal = BackgroundSignal()
        let start = ContinuousClock.now
        try runThreads(2) { index in
            if index == 0 { signal.pause(.seconds(60)) } else { signal.close() }
        }
        #expect(ContinuousClock.now - start < .seconds(30))
    }
}
