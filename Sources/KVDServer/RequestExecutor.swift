// Unsafe pointers live in this file's signatures: a request's body is lent for the call that hands it
// over, and an executor decodes it before it returns.

package import DynamoWire
import NIOCore
import NIOHTTP1

/// What carries requests out. The server's own is ``Dispatcher``.
package protocol RequestExecutor: Sendable {
    /// Starts one request and answers it through `reply`, at once or later, from any thread, exactly
    /// once. Called on the event loop of `loop`; must not block.
    func execute(_ request: IncomingRequest, on loop: LoopContext, reply: ReplyTicket)
}

/// One request, lent for the length of a call.
package struct IncomingRequest {
    package let operation: Operation
    package let body: UnsafeRawBufferPointer
    let head: HTTPRequestHead

    /// The header Host: the address that the client reaches this server by. Empty in HTTP/1.0.
    package var host: String { head.headers.first(name: "host") ?? "" }
}

/// The right, and the duty, to answer one request.
package struct ReplyTicket: Sendable {
    let connection: NIOLoopBound<RequestHandler>
    let requestNumber: UInt64
    let completions: CompletionQueue

    /// Runs `body` on the request's event loop: at once if this is its thread, else together with
    /// all else that has come to an end meanwhile.
    @inline(__always)
    func onLoop(_ body: @escaping @Sendable () -> Void) {
        if completions.eventLoop.inEventLoop {
            body()
        } else {
            completions.enqueue(body)
        }
    }

    /// Answers with what `encode` writes. Must run on the request's event loop.
    func answer(status: Int, _ encode: (JSONWriter) -> Void) {
        connection.value.answer(requestNumber, status: .init(statusCode: status), encode)
    }

    /// Answers with an error. Must run on the request's event loop.
    func answer(_ error: WireError) {
        answer(status: error.httpStatus) {
            error.encode(into: $0)
        }
    }
}
