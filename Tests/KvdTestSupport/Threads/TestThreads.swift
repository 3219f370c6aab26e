import Foundation
import Synchronization

/// Runs `body` on `count` threads at once, and returns when all have ended.
///
/// Threads, not tasks: what is tested blocks, and would starve the cooperative pool.
///
/// - Throws: The first error that a body threw.
public func runThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
    let group = DispatchGroup()
    let failure = Locked<(any Error)?>(nil)
    for index in 0..<count {
        group.enter()
        let thread = Thread {
            defer { group.leave() }
            do {
                try body(index)
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
        thread.stackSize = 1 << 20
        thread.start()
    }
    group.wait()
    if let error = failure.withLock({ $0 }) { throw error }
}

/// Runs `body` on a thread of its own, so that a wait in it holds none of the cooperative pool.
public func onThread<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
        let thread = Thread { continuation.resume(returning: body()) }
        thread.stackSize = 1 << 20
        thread.start()
    }
}

/// Polls `condition` until it holds or `seconds` have passed.
///
/// The bound tells a condition that never holds from one that is late: a machine that runs hundreds
/// of tests on two cores may leave a thread waiting for many seconds.
///
/// - Returns: Whether it came to hold.
public func eventually(
    within seconds: Double = 60, _ condition: () throws -> Bool
) rethrows -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
        if try condition() { return true }
        Thread.sleep(forTimeInterval: 0.001)
    }
    return try condition()
}

/// A barrier that holds back whoever passes while it is shut.
public final class Gate: Sendable {
    private let isShut = Atomic<Bool>(false)
    private let held = Atomic<Int>(0)

    public init() {}

    /// How many are held back now.
    public var heldCount: Int { held.load(ordering: .acquiring) }

    public func shut() { isShut.store(true, ordering: .releasing) }

    public func open() { isShut.store(false, ordering: .releasing) }

    /// Returns once the gate is open.
    public func pass() {
        held.wrappingAdd(1, ordering: .acquiringAndReleasing)
        while isShut.load(ordering: .acquiring) { Thread.sleep(forTimeInterval: 0.001) }
        held.wrappingSubtract(1, ordering: .acquiringAndReleasing)
    }
}
