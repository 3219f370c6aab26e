internal import Foundation

/// Runs `body` on `count` threads that begin together, and waits for all.
///
/// - Parameter prepare: Makes what a thread works with, before the clock runs.
/// - Returns: Seconds from the common begin to the last thread's end.
/// - Throws: The first error that a thread met.
func runTogether<Tool>(
    threads count: Int, prepare: @escaping @Sendable (Int) throws -> Tool,
    body: @escaping @Sendable (Int, Tool) throws -> Void,
    finish: @escaping @Sendable (Tool) -> Void = { _ in }
) throws -> Double {
    let gate = StartingGate(threadCount: count)
    for index in 0..<count {
        let thread = Thread {
            let tool: Tool
            do {
                tool = try prepare(index)
            } catch {
                gate.arrive()
                return gate.leave(error)
            }
            gate.arrive()
            do {
                try body(index, tool)
                gate.leave(nil)
            } catch {
                gate.leave(error)
            }
            finish(tool)
            gate.end()
        }
        thread.stackSize = 8 << 20
        thread.start()
    }
    return try gate.waitForAll()
}

/// Where threads wait until all are ready. `@unchecked Sendable`: all state is guarded by `lock`.
private final class StartingGate: @unchecked Sendable {
    private let lock = NSCondition()
    private let threadCount: Int
    private var ready = 0
    private var left = 0
    private var ended = 0
    private var begin = 0.0
    private var end = 0.0
    private var failure: (any Error)?

    init(threadCount: Int) { self.threadCount = threadCount }

    func arrive() {
        lock.withLock {
            ready += 1
            if ready == threadCount {
                begin = TickClock.monotonicSeconds()
                lock.broadcast()
            }
            while ready < threadCount { lock.wait() }
        }
    }

    func leave(_ error: (any Error)?) {
        lock.withLock {
            left += 1
            end = max(end, TickClock.monotonicSeconds())
            if failure == nil { failure = error }
            lock.broadcast()
        }
    }

    func end(_: Void = ()) {
        lock.withLock {
            ended += 1
            lock.broadcast()
        }
    }

    func waitForAll() throws -> Double {
        try lock.withLock {
            while left < threadCount || (ended < threadCount && failure == nil) { lock.wait() }
            if let failure { throw failure }
            return end - begin
        }
    }
}
