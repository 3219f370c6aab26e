import DynamoWire
import NIOCore
import Synchronization

@testable import KVDServer

/// An executor whose answers the test gives, when and from where it likes.
///
/// A request whose body says `{"TableName":"now"}` is answered at once with its own body; every other
/// one is held until the test answers it.
final class ScriptedExecutor: RequestExecutor {
    struct Held: Sendable {
        let operation: Operation
        let body: String
        let host: String
        private let reply: ReplyTicket

        init(_ request: IncomingRequest, _ reply: ReplyTicket) {
            operation = request.operation
            body = String(decoding: request.body, as: UTF8.self)
            host = request.host
            self.reply = reply
        }

        /// Answers with the request's own body, from the calling thread.
        func answer() {
            reply.onLoop { [body, reply] in
                reply.answer(status: 200) { $0.string(body) }
            }
        }
    }

    private let state = Mutex<[Held]>([])

    func execute(_ request: IncomingRequest, on loop: LoopContext, reply: ReplyTicket) {
        let held = Held(request, reply)
        if held.body.contains("now") {
            held.answer()
        } else {
            state.withLock { $0.append(held) }
        }
    }

    var heldCount: Int { state.withLock { $0.count } }

    /// The requests that are held, once there are `count` of them, in the order of their arrival.
    func held(_ count: Int) -> [Held] {
        for _ in 0..<5000 where heldCount < count { waitBriefly() }
        return state.withLock { $0 }
    }

    func forgetHeld() { state.withLock { $0 = [] } }
}
