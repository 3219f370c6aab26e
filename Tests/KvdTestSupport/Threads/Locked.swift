import Foundation

/// A value behind a lock that the thread sanitizer understands.
///
/// It knows pthread mutexes, which `NSLock` is, but not the futex calls of `Synchronization.Mutex`,
/// under which it reports races where there are none.
///
/// `@unchecked Sendable`: `value` is touched only while `lock` is held.
final class Locked<Value: ~Copyable>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: consuming Value) {
        self.value = value
    }

    func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
