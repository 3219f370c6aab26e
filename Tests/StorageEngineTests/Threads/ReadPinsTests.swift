import Glibc
import KvdTestSupport
@testable import StorageEngine
import Synchronization
import Testing

private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isUp: Bool { value.load(ordering: .relaxed) }
    func raise() { value.store(true, ordering: .relaxed) }
}

/// States that are shown one after the other; a state's flag goes up when it is let go.
private final class Exchange: Sendable {
    let pins = ReadPins()
    let shown = Atomic<Int>(0)
    let isDone = Flag()
    let gone = (0..<300).map { _ in Flag() }

    let readCount = Atomic<Int>(0)
    /// How often a state was gone while it was read.
    let seenGone = Atomic<Int>(0)

    func read() {
        while !isDone.isUp {
            let pin = pins.enter()
            let state = shown.load(ordering: .sequentiallyConsistent)
            // Long enough for the other thread to come between.
            for _ in 0..<200 where gone[state].isUp { seenGone.add(1, ordering: .relaxed) }
            readCount.add(1, ordering: .relaxed)
            pins.leave(pin)
        }
    }

    func replaceAll() {
        for next in 1..<gone.count {
            // Every state is read before it goes.
            let before = readCount.load(ordering: .relaxed)
            while readCount.load(ordering: .relaxed) == before { sched_yield() }
            shown.store(next, ordering: .sequentiallyConsistent)
            pins.waitForReaders()
            gone[next - 1].raise()
        }
        isDone.raise()
    }
}

@Suite("Pins of readers")
struct ReadPinsTests {
    @Test("What a reader saw is not let go while it is inside")
    func waiting() throws {
        let exchange = Exchange()
        try runThreads(4) { thread in
            if thread == 0 {
                exchange.replaceAll()
            } else {
                exchange.read()
            }
        }
        #expect(exchange.seenGone.load(ordering: .relaxed) == 0)
    }
}
