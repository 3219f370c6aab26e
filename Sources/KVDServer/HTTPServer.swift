package import KVDatabase
package import Logging
package import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The HTTP server: an address, event loops, and the connections on them.
package final class HTTPServer: Sendable {
    private let channel: any Channel
    private let group: MultiThreadedEventLoopGroup
    private let loops: [NIOLoopBound<LoopContext>]
    private let options: ServerOptions

    /// The address that the server listens on, its port filled in.
    package let address: SocketAddress

    /// How a client on this machine reaches the server.
    package var url: String {
        let host = options.host.contains(":") ? "[\(options.host)]" : options.host
        return "http://\(host):\(address.port ?? options.port)"
    }

    /// Starts to serve a database.
    ///
    /// - Throws: ``ListenError`` if the address cannot be listened on.
    package static func start(
        serving database: Database, options: ServerOptions = ServerOptions(), logger: Logger
    ) async throws -> HTTPServer {
        try await start(executor: Dispatcher(database), options: options, logger: logger)
    }

    package static func start(
        executor: any RequestExecutor, options: ServerOptions, logger: Logger
    ) async throws -> HTTPServer {
        let group = MultiThreadedEventLoopGroup(
            numberOfThreads: options.threads ?? System.coreCount)
        do {
            var loops: [NIOLoopBound<LoopContext>] = []
            for loop in group.makeIterator() {
                let context = loop.submit {
                    NIOLoopBound(
                        LoopContext(
                            eventLoop: loop, options: options, logger: logger, executor: executor),
                        eventLoop: loop)
                }
                loops.append(try await context.get())
            }
            let bootstrap = bootstrap(group, loops, options)
            do {
                let channel = try await bootstrap.bind(host: options.host, port: options.port).get()
                return try HTTPServer(channel, group, loops, options)
            } catch {
                throw ListenError(error, options)
            }
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private init(
        _ channel: any Channel, _ group: MultiThreadedEventLoopGroup,
        _ loops: [NIOLoopBound<LoopContext>], _ options: ServerOptions
    ) throws {
        guard let address = channel.localAddress else { throw ChannelError.unknownLocalAddress }
        self.channel = channel
        self.group = group
        self.loops = loops
        self.options = options
        self.address = address
    }

    private static func bootstrap(
        _ group: MultiThreadedEventLoopGroup, _ loops: [NIOLoopBound<LoopContext>],
        _ options: ServerOptions
    ) -> ServerBootstrap {
        let open = OpenConnections()
        let contexts = Dictionary(
            uniqueKeysWithValues: zip(
                group.makeIterator().map { ObjectIdentifier($0) }, loops))
        return ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { channel in
                guard let context = contexts[ObjectIdentifier(channel.eventLoop)] else {
                    return channel.eventLoop.makeFailedFuture(
                        ChannelError.inappropriateOperationForState)
                }
                return channel.eventLoop.makeCompletedFuture {
                    let isOverLimit = open.add() > options.maximumConnections
                    try configure(
                        channel.pipeline.syncOperations,
                        RequestHandler(loop: context.value, isOverLimit: isOverLimit) {
                            open.remove()
                        }, options)
                }
            }
    }

    private static func configure(
        _ pipeline: ChannelPipeline.SynchronousOperations, _ requests: RequestHandler,
        _ options: ServerOptions
    ) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = options.maximumHeadBytes
        limits.maxHeaderListSize = options.maximumHeadBytes
        try pipeline.addHandlers([
            FirstByteHandler(requests),
            ByteToMessageHandler(
                HTTPRequestDecoder(
                    leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .drop,
                    limitConfiguration: limits)),
            HTTPResponseEncoder(),
            requests,
        ])
    }

    /// Stops: accepts no more, answers what is being worked on, closes every connection.
    ///
    /// Requests that take longer than `stopTimeout` lose their connection; what they write is still
    /// written whole or not at all.
    package func stop() async {
        try? await channel.close().get()
        let stops = loops.map { loop in
            let promise = loop.eventLoop.makePromise(of: Void.self)
            loop.eventLoop.execute { loop.value.stop(promise) }
            let late = loop.eventLoop.scheduleTask(in: options.stopTimeout) {
                loop.value.closeAll()
            }
            promise.futureResult.whenComplete { _ in late.cancel() }
            return promise.futureResult
        }
        for stop in stops { try? await stop.get() }
        try? await group.shutdownGracefully()
    }
}

/// How many connections are open, over all event loops.
private final class OpenConnections: Sendable {
    private let count = Atomic<Int>(0)

    /// The number with the new one.
    func add() -> Int { count.add(1, ordering: .relaxed).newValue }

    func remove() { count.subtract(1, ordering: .relaxed) }
}
