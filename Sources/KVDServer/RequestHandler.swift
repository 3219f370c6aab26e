// Unsafe pointers live in this file: a body is lent by the buffer that holds it for the length of a
// call, and the executor decodes it before it returns.

import DynamoWire
import Logging
package import NIOCore
package import NIOHTTP1

/// One connection: gathers a request, hands it to the executor, writes its answer, takes the next.
///
/// Requests of one connection run one after another, in the order they came: a client that
/// pipelines must read what it has written (RFC 9112, section 9.3.2). What comes meanwhile waits in
/// `queue`, and the socket is not read while anything waits there.
///
/// Thread safety: none; touched on its event loop only.
package final class RequestHandler: ChannelDuplexHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias OutboundIn = HTTPServerResponsePart
    package typealias OutboundOut = HTTPServerResponsePart

    private enum Phase {
        /// No request has begun.
        case waiting
        /// The head is here, the body is on its way.
        case receiving
        /// The executor has the request.
        case working
        /// The last answer is on its way to the client.
        case ending
        /// The last answer was sent and the output closed; the client has not closed its side.
        case lingering
    }

    enum ContentType: String {
        case json = "application/x-amz-json-1.0"
        case text = "text/plain"
    }

    let loop: LoopContext
    private let isOverLimit: Bool
    private let onClose: @Sendable () -> Void

    /// Where the loop's list of connections holds this one.
    var place = Int.max
    private var context: ChannelHandlerContext?
    private var phase = Phase.waiting
    private var phaseStart: Int
    /// When the first byte of a head came, while it is not whole.
    private var headStart: Int?
    private var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/")
    private var body = ByteBuffer()
    private var requestNumber: UInt64 = 0
    private var closesAfterAnswer = false
    private var log: RequestLog?
    private var queue = CircularBuffer<HTTPServerRequestPart>()
    /// What the bytes behind the queue turned out to be; answered when the queue is done.
    private var queuedFault: RequestFault?
    private var inputEnded = false
    private var isDraining = false
    private var isReading = false
    private var isReadHeld = false
    private var hasWritten = false
    private var unwritableSince: Int?

    init(loop: LoopContext, isOverLimit: Bool, onClose: @escaping @Sendable () -> Void) {
        self.loop = loop
        self.isOverLimit = isOverLimit
        self.onClose = onClose
        phaseStart = loop.now
    }

    // MARK: Channel events

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
        if context.channel.isActive { begin() }
    }

    package func channelActive(context: ChannelHandlerContext) {
        begin()
        context.fireChannelActive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        loop.remove(self)
        onClose()
    }

    private func begin() {
        if isOverLimit { refuse(.tooManyConnections) } else if loop.isStopping { closeNow() }
    }

    func noteBytes() {
        if phase == .waiting, headStart == nil { headStart = loop.now }
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        queue.append(unwrapInboundIn(data))
        drain()
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        flush()
        context.fireChannelReadComplete()
    }

    package func read(context: ChannelHandlerContext) {
        if queue.isEmpty, context.channel.isWritable { context.read() } else { isReadHeld = true }
    }

    private func resumeReading() {
        guard isReadHeld, let context, queue.isEmpty, context.channel.isWritable else { return }
        isReadHeld = false
        context.read()
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        unwritableSince = context.channel.isWritable ? nil : loop.now
        resumeReading()
        context.fireChannelWritabilityChanged()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else {
            return context.fireUserInboundEventTriggered(event)
        }
        inputEnded = true
        if phase == .lingering || phase == .receiving { closeNow() } else { drain() }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError, !inputEnded else {
            loop.logger.debug("connection failed", metadata: ["error": "\(error)"])
            return closeNow()
        }
        if phase == .receiving { return refuse(RequestFault(error)) }
        queuedFault = RequestFault(error)
        drain()
    }

    // MARK: Requests

    /// Takes what has come until a request is at work.
    private func drain() {
        guard !isDraining else { return }
        isDraining = true
        while phase != .working, let part = queue.popFirst() { take(part) }
        isDraining = false
        if phase == .waiting {
            if let fault = queuedFault { refuse(fault) } else if inputEnded { closeNow() }
        }
        resumeReading()
    }

    private func take(_ part: HTTPServerRequestPart) {
        switch (part, phase) {
        case (.head(let head), .waiting): take(head)
        case (.body(var bytes), .receiving):
            if body.readableBytes + bytes.readableBytes > loop.options.maximumBodyBytes {
                refuse(.bodyTooLarge)
            } else if body.readableBytes == 0 {
                body = bytes
            } else {
                body.writeBuffer(&bytes)
            }
        case (.end, .receiving): route()
        default: break
        }
    }

    private func take(_ head: HTTPRequestHead) {
        phase = .receiving
        phaseStart = loop.now
        headStart = nil
        self.head = head
        requestNumber += 1
        closesAfterAnswer = !head.isKeepAlive || loop.isStopping
        let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        if length > loop.options.maximumBodyBytes { return refuse(.bodyTooLarge) }
        if head.version == .http1_1, head.headers.first(name: "expect") == "100-continue" {
            context?.writeAndFlush(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))),
                promise: nil)
        }
    }

    private func route() {
        phase = .working
        let request = body
        body = ByteBuffer()
        switch head.method {
        case .POST: break
        case .GET where isRootPath, .HEAD where isRootPath:
            return loop.health.withUnsafeBytes { answer(requestNumber, status: .ok, .text, $0) }
        default:
            // DynamoDB's front end answers so whatever is not a POST.
            return Array("<UnknownOperationException/>\n".utf8).withUnsafeBytes {
                answer(requestNumber, status: .notFound, .text, $0)
            }
        }
        guard let operation else { return refuse(.unknownOperation) }
        guard head.headers.contains(name: "authorization") || head.uri.contains("X-Amz-Signature=")
        else { return refuse(.missingAuthenticationToken) }
        if loop.logsRequests { log = RequestLog(operation, bytes: request.readableBytes) }
        request.withUnsafeReadableBytes { bytes in
            loop.executor.execute(
                IncomingRequest(operation: operation, body: bytes, head: head), on: loop,
                reply: ReplyTicket(
                    connection: NIOLoopBound(self, eventLoop: loop.eventLoop),
                    requestNumber: requestNumber, completions: loop.completions))
        }
    }

    private var isRootPath: Bool { head.uri == "/" || head.uri.hasPrefix("/?") }

    private var operation: Operation? {
        guard var target = head.headers.first(name: "x-amz-target") else { return nil }
        return target.withUTF8 { Operation(target: UnsafeRawBufferPointer($0)) }
    }

    // MARK: Answers

    private func refuse(_ error: WireError) {
        answer(requestNumber, status: .init(statusCode: error.httpStatus)) {
            error.encode(into: $0)
        }
    }

    /// Answers what can not be taken, and closes, as what follows it can not be either.
    private func refuse(_ fault: RequestFault) {
        phase = .working
        closesAfterAnswer = true
        let error = fault.wireError(maximumBodyBytes: loop.options.maximumBodyBytes)
        answer(requestNumber, status: fault.status) { error.encode(into: $0) }
    }

    /// Answers a request with what `encode` writes.
    func answer(_ number: UInt64, status: HTTPResponseStatus, _ encode: (JSONWriter) -> Void) {
        let writer = loop.writer
        writer.removeAll()
        encode(writer)
        writer.withBytes { answer(number, status: status, .json, $0) }
    }

    private func answer(
        _ number: UInt64, status: HTTPResponseStatus, _ type: ContentType,
        _ bytes: UnsafeRawBufferPointer
    ) {
        // The connection may have closed, or given the request up, meanwhile.
        guard let context, phase == .working, number == requestNumber else { return }
        let closes = closesAfterAnswer || (inputEnded && queue.isEmpty)
        let content = head.method == .HEAD ? UnsafeRawBufferPointer(rebasing: bytes[..<0]) : bytes
        let answerHead = HTTPResponseHead(
            version: .http1_1, status: status,
            headers: headers(type, content: content, closes: closes))
        context.write(wrapOutboundOut(.head(answerHead)), promise: nil)
        if !content.isEmpty {
            var buffer = loop.allocator.buffer(capacity: content.count)
            buffer.writeBytes(content)
            context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
        }
        log?.write(status: Int(status.code), bytes: content.count, loop.logger)
        log = nil
        hasWritten = true
        if closes { return finish(context) }
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        phase = .waiting
        phaseStart = loop.now
        drain()
        if !isReading, !loop.defersFlush(of: self) { flush() }
    }

    private func headers(
        _ type: ContentType, content: UnsafeRawBufferPointer, closes: Bool
    ) -> HTTPHeaders {
        var headers = HTTPHeaders()
        headers.reserveCapacity(7)
        headers.add(name: "Server", value: "kvd")
        headers.add(name: "Date", value: loop.date)
        headers.add(name: "Content-Type", value: type.rawValue)
        headers.add(name: "Content-Length", value: String(content.count))
        headers.add(name: "Connection", value: closes ? "close" : "keep-alive")
        headers.add(name: "x-amzn-RequestId", value: loop.nextRequestID())
        headers.add(name: "x-amz-crc32", value: String(CRC32.checksum(content)))
        return headers
    }

    func flush() {
        guard hasWritten, let context else { return }
        hasWritten = false
        context.flush()
    }

    // MARK: Closing

    /// Sends what has been written, then closes the output, and the connection when the client has
    /// closed its side. Closing both at once while input is unread would reset the connection, and
    /// the answer could be lost on its way.
    private func finish(_ context: ChannelHandlerContext) {
        phase = .ending
        phaseStart = loop.now
        queue.removeAll()
        hasWritten = false
        let sent = loop.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in self.closeOutput() }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: sent)
        resumeReading()
    }

    private func closeOutput() {
        guard !inputEnded, let context else { return closeNow() }
        phase = .lingering
        phaseStart = loop.now
        context.close(mode: .output, promise: nil)
    }

    func closeNow() { context?.close(mode: .all, promise: nil) }

    /// Lets a request that has begun to arrive come to its end, and nothing new begin.
    func stop() {
        switch phase {
        case .waiting: if headStart == nil { closeNow() }
        case .receiving: closesAfterAnswer = true
        case .working:
            closesAfterAnswer = true
            queue.removeAll()
        case .ending, .lingering: break
        }
    }

    /// Closes the connection if it has kept its phase for too long. Called once a tick.
    func checkTimeouts() {
        let options = loop.options
        func hasPassed(_ limit: TimeAmount, since start: Int) -> Bool {
            loop.now - start > loop.ticks(limit)
        }
        if let unwritableSince, hasPassed(options.writeTimeout, since: unwritableSince) {
            return closeNow()
        }
        switch phase {
        case .waiting:
            if let headStart {
                if hasPassed(options.headTimeout, since: headStart) { refuse(.tooSlow) }
            } else if hasPassed(options.idleTimeout, since: phaseStart) {
                closeNow()
            }
        case .receiving:
            if hasPassed(options.bodyTimeout, since: phaseStart) { refuse(.tooSlow) }
        case .working: break
        case .ending:
            if hasPassed(options.writeTimeout, since: phaseStart) { closeNow() }
        case .lingering:
            if hasPassed(options.lingerTimeout, since: phaseStart) { closeNow() }
        }
    }
}
