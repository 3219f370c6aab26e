internal import Synchronization

/// The streams that events are copied into.
///
/// `@unchecked Sendable`: `continuations` is guarded by `lock`.
final class EventStreams: @unchecked Sendable {
    private let lock = Lock()
    private var continuations: [Int: AsyncStream<EngineEvent>.Continuation] = [:]
    private var nextID = 0
    private var isFinished = false
    /// Lets an event pass without the lock where nobody listens.
    private let hasListeners = Atomic<Bool>(false)

    /// A stream that keeps the newest `bufferedCount` events for a reader that is behind.
    func make(bufferedCount: Int) -> AsyncStream<EngineEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: EngineEvent.self, bufferingPolicy: .bufferingNewest(bufferedCount))
        let id: Int? = lock.withLock {
            if isFinished { return nil }
            nextID += 1
            continuations[nextID] = continuation
            hasListeners.store(true, ordering: .relaxed)
            return nextID
        }
        guard let id else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in self?.remove(id) }
        return stream
    }

    func yield(_ event: EngineEvent) {
        guard hasListeners.load(ordering: .relaxed) else { return }
        // Outside the lock: a stream that ends calls `remove`.
        for continuation in lock.withLock({ Array(continuations.values) }) {
            continuation.yield(event)
        }
    }

    func finish() {
        let all = lock.withLock {
            isFinished = true
            return Array(continuations.values)
        }
        for continuation in all { continuation.finish() }
    }

    private func remove(_ id: Int) {
        lock.withLock {
            continuations[id] = nil
            hasListeners.store(!continuations.isEmpty, ordering: .relaxed)
        }
    }
}
