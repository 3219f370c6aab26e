import NIOCore
import NIOHTTP1
import NIOPosix

/// An HTTP/1.1 server that reads each request to its end and answers `{}`, padded to a given size.
///
///     EmptyHandler PORT BODY-BYTES
///
/// It pays for what every kvd request pays for outside the database (parsing HTTP, collecting the body,
/// writing an answer with the same headers) and for nothing else. The difference between it and kvd under
/// the same load is kvd's own work.
@main
struct EmptyHandler {
    static func main() async throws {
        let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        guard numbers.count == 2, numbers[1] >= 2 else {
            fatalError("usage: EmptyHandler PORT BODY-BYTES (at least 2)")
        }
        let port = numbers[0]
        let content = ByteBuffer(
            string: "{" + String(repeating: " ", count: numbers[1] - 2) + "}")
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        AnswerNothing(content: content))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        try await channel.closeFuture.get()
    }
}

/// Collects the body as a database handler must, then throws it away.
final class AnswerNothing: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let content: ByteBuffer
    private var body = ByteBuffer()
    private var keepAlive = true

    init(content: ByteBuffer) { self.content = content }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            keepAlive = head.isKeepAlive
            body.clear()
        case .body(var part):
            body.writeBuffer(&part)
        case .end:
            answer(context: context)
        }
    }

    private func answer(context: ChannelHandlerContext) {
        let headers: HTTPHeaders = [
            "content-type": "application/x-amz-json-1.0",
            "content-length": String(content.readableBytes),
            "x-amzn-requestid": "0123456789abcdef0123456789abcdef",
            "x-amz-crc32": "2745614147",
        ]
        let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(content))), promise: nil)
        let closes = !keepAlive
        let written = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        if closes {
            // The loop that completes the write owns the context, so this needs no hop and no lock.
            let channel = context.channel
            written.whenComplete { _ in channel.close(promise: nil) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
