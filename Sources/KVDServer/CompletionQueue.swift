import NIOCore
import Synchronization

/// Gathers what other threads have to say to one event loop and says it in one pass.
///
/// A commit group completes many requests in a row. Were each to wake its loop, the wake-ups would
/// cost more than the requests; so the first of a group wakes the loop, and the loop takes all that
/// has gathered when it comes to it, and flushes each connection once.
///
/// Thread safety: any thread may enqueue; the loop alone drains.
package final class CompletionQueue: Sendable {
    let eventLoop: any EventLoop
    /// The loop's context from its start to its end.
    let context: NIOLoopBoundBox<LoopContext?>
    private let pending = Mutex<[@Sendable () -> Void]>([])

    /// Must be called on `eventLoop`.
    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        context = NIOLoopBoundBox(nil, eventLoop: eventLoop)
    }

    func enqueue(_ completion: @escaping @Sendable () -> Void) {
        let isFirst = pending.withLock { pending in
            pending.append(completion)
            return pending.count == 1
        }
        if isFirst { eventLoop.execute { self.drain() } }
    }

    private func drain() {
        let ready = pending.withLock { pending in
            let ready = pending
            pending = []
            return ready
        }
        guard let context = context.value else { return }
        context.gatherFlushes {
            for completion in ready { completion() }
        }
    }
}
