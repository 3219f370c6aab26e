internal import Synchronization

/// Runs one operation after another on each of some threads, noting how long each took.
///
/// - Parameters:
///   - operations: How many each thread does, if the deadline does not come first.
///   - limitSeconds: Until the deadline; by default as long as any phase may take.
///   - operation: One operation: the thread's session, its key buffer and random numbers, and which
///     operation of this thread it is.
func runOperations(
    _ meter: Meter, _ database: FilledDatabase, threads: Int = 1, operations: Int,
    limitSeconds: Double? = nil, stream: UInt64, unitsPerOperation: Int = 1,
    _ operation:
        @escaping @Sendable (any EngineSession, KeyBuffer, inout SplitMix, Int) throws -> Void
) throws -> Meter.Timed {
    precondition(threads <= meter.logs.count && operations <= meter.logs[threads - 1].capacity)
    let engine = database.engine
    let workload = database.workload
    let logs = meter.logs
    let limit = meter.clock.ticks(seconds: limitSeconds ?? meter.limitSeconds)
    let done = Counter()
    let seconds = try runTogether(
        threads: threads, prepare: { _ in try engine.makeSession() },
        body: { thread, session in
            let log = logs[thread]
            let key = KeyBuffer()
            defer { withExtendedLifetime(key) {} }
            var random = workload.random(stream, thread: thread)
            let deadline = TickClock.now() + limit
            log.begin()
            var count = 0
            while count < operations {
                try operation(session, key, &random, count)
                count += 1
                if log.mark() > deadline { break }
            }
            done.add(count)
        }, finish: { $0.close() })
    return Meter.Timed(
        operations: done.value * unitsPerOperation, seconds: seconds,
        isCutShort: done.value < operations * threads, logs: 0..<threads)
}

/// A number that threads add to.
final class Counter: Sendable {
    private let atomic = Atomic<Int>(0)
    func add(_ amount: Int) { atomic.add(amount, ordering: .relaxed) }
    /// Adds one.
    ///
    /// - Returns: The number before.
    @inline(__always)
    func take() -> Int { atomic.add(1, ordering: .relaxed).oldValue }
    var value: Int { atomic.load(ordering: .sequentiallyConsistent) }
    var isZero: Bool { atomic.load(ordering: .relaxed) == 0 }
}
