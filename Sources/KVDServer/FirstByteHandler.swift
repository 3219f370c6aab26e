import NIOCore

/// Tells a connection's ``RequestHandler`` when bytes arrive, which the HTTP decoder between them
/// does not until a head is whole: a client that sends its head too slowly must be found.
final class FirstByteHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let requests: RequestHandler

    init(_ requests: RequestHandler) { self.requests = requests }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        requests.noteBytes()
        context.fireChannelRead(data)
    }
}
