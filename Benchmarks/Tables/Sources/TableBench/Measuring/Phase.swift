import Foundation

/// A number of operations shared among tasks, timed one by one.
struct Phase {
    let name: String
    let operations: Int
    let tasks: Int
    /// Whether the rate counts items instead of operations.
    var countsItems = false

    /// What the timed part did.
    struct Timed {
        /// From before the first operation to after the last one.
        var nanoseconds: UInt64
        /// One a task.
        var tallies: [Tally]
    }

    /// - Parameter makeWorker: makes the worker of the task of this number, from 0.
    func run<W: Worker & SendableMetatype>(
        _ makeWorker: @escaping @Sendable (Int) -> W
    ) async throws -> Timed {
        let start = Clock.nanoseconds()
        let tallies = try await withThrowingTaskGroup(of: Tally.self) { group in
            for task in 0..<tasks {
                let share = operations / tasks + (task < operations % tasks ? 1 : 0)
                group.addTask { @concurrent in
                    try await Self.work(makeWorker(task), share)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        return Timed(nanoseconds: Clock.nanoseconds() - start, tallies: tallies)
    }

    private static func work(_ worker: some Worker, _ count: Int) async throws -> Tally {
        var worker = worker
        var tally = Tally(capacity: count)
        for _ in 0..<count {
            let start = Clock.nanoseconds()
            let outcome = try await worker.next()
            tally.append(outcome, nanoseconds: Clock.nanoseconds() - start)
        }
        return tally
    }
}

/// What one task measured. Latencies are kept as they are and counted into a histogram only after
/// the phase, which therefore pays two clock reads an operation and nothing else.
struct Tally {
    private(set) var nanoseconds: [UInt64] = []
    private(set) var kinds: [Outcome.Kind] = []
    private(set) var items = 0
    private(set) var userBytes = 0
    /// Those of new items: what is alive grew by as much.
    private(set) var addedUserBytes = 0
    private(set) var checksum = 0

    init(capacity: Int) {
        nanoseconds.reserveCapacity(capacity)
        kinds.reserveCapacity(capacity)
    }

    mutating func append(_ outcome: Outcome, nanoseconds latency: UInt64) {
        nanoseconds.append(latency)
        kinds.append(outcome.kind)
        items += outcome.items
        userBytes += outcome.userBytes
        if outcome.kind.addsItems { addedUserBytes += outcome.userBytes }
        checksum &+= outcome.checksum
    }
}

enum Clock {
    /// Of the monotonic clock.
    static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
