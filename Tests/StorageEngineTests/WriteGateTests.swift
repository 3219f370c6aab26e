import Foundation
import KvdTestSupport
import Synchronization
import Testing

@testable import StorageEngine

@Suite("Write gate")
struct WriteGateTests {
    @Test("A writer that is woken where nothing begins sleeps on, and its stall is told once")
    func wokenInVain() throws {
        let events = EventLog()
        let lock = Lock()
        let observer = EngineObserver(onEvent: events.add)
        // Touched under `lock` alone.
        nonisolated(unsafe) let gate = WriteGate(EngineOptions(), lock: lock, observer: observer)
        let memtables = try (1...3).map { try Memtable(capacityBytes: 64 << 10, logNumber: $0) }
        let state = ReadState(
            memtable: memtables[2], waiting: [memtables[1], memtables[0]],
            version: Version(levels: Array(repeating: [], count: Version.levelCount)))
        let reason = try #require(
            lock.withLock {
                gate.update(state)
                return gate.stopReason
            })

        let looks = Mutex(0)
        let isNeeded = Mutex(true)
        let writer = Thread {
            lock.withLock {
                try? gate.stop(reason, mayBlock: true) {
                    looks.withLock { $0 += 1 }
                    return isNeeded.withLock { $0 }
                }
            }
        }
        writer.start()
        for look in 1...4 {
            #expect(eventually(within: 5) { looks.withLock { $0 >= look } })
            lock.withLock { gate.wakeAll() }
        }
        #expect(eventually(within: 5) { looks.withLock { $0 >= 5 } })
        let begun = { events.count { if case .stallBegan = $0 { true } else { false } } }
        let ended = { events.count { if case .stallEnded = $0 { true } else { false } } }
        #expect(begun() == 1)
        #expect(ended() == 0)
        isNeeded.withLock { $0 = false }
        lock.withLock { gate.wakeAll() }
        #expect(eventually { writer.isFinished })
        #expect(begun() == 1)
        #expect(ended() == 1)
    }
}
