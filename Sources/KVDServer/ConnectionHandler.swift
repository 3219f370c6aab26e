import DynamoWire
import Logging
package import NIOCore

/// One connection: takes requests out of its bytes, hands them to the executor, and writes answers in
/// the order of the requests, whatever the order in which they come to an end.
///
/// Requests of one connection that read run side by side; one that writes waits for those before it
/// and holds up those after it. So a client that pipelines reads what it has written, as RFC 9112,
/// section 9.3.2, demands: only safe requests may be processed in parallel.
///
/// ## Invariants
/// - `slots` holds one slot per request that is not answered yet, oldest first; `firstNumber` is the
///   number of the oldest. An answer fills its slot; the filled slots at the front are written.
/// - No more than `maximumRequestsInFlight` slots are open: beyond that neither are bytes parsed nor
///   is the socket read, so that the client's own send buffer fills up.
/// - A slot that closes is the last one.
///
/// Thread safety: none; touched on its event loop only.
package final class ConnectionHandler: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    enum Phase {
        /// Waiting for the end of a head, of which `scanned` bytes have been looked through.
        case head(scanned: Int)
        /// Waiting for `length` bytes: a head of `headLength`, still in the buffer, and its body.
        case body(HTTPRequestHead, headLength: Int, length: Int)
        /// Waiting for chunks, with the head's bytes set aside.
        case chunks(HTTPRequestHead, headBytes: ByteBuffer, ChunkedBodyDecoder)
        /// Nothing more is taken; what still comes is thrown away.
        case discarding
    }

    /// How far the end of the connection has come, once its last answer has been given.
    private enum Ending {
        case none
        /// The last answer is on its way to the client.
        case writing
        /// The last answer has been sent and the output closed; the client has not closed its side.
        case lingering
    }

    struct Slot {
        var reply: ByteBuffer?
        var closes: Bool
        var omitsBody = false
        var writes = false
        var log: RequestLog?
    }

    let loop: LoopContext
    private let isOverLimit: Bool
    private let onClose: @Sendable () -> Void

    /// Where the loop's list of connections holds this one.
    var place = Int.max
    private var context: ChannelHandlerContext?
    var inbound = ByteBuffer()
    var phase = Phase.head(scanned: 0)
    var phaseStart: Int
    private var slots = CircularBuffer<Slot>()
    private var firstNumber: UInt64 = 0
    /// Slots without a reply, and those of them whose requests write.
    private var unfinished = 0
    private var unfinishedWrites = 0
    /// Whether a request that has arrived waits for its turn.
    private var isWaitingForTurn = false
    private var isConsuming = false
    private var isReading = false
    private var hasWritten = false
    private var isReadHeld = false
    private var inputEnded = false
    private var ending = Ending.none
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
        if isOverLimit {
            refuse(status: 503, .serviceUnavailable("Too many connections"))
        } else if loop.isStopping {
            closeNow()
        }
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        isReading = true
        if case .discarding = phase { return }
        if inbound.readableBytes == 0 {
            if case .head = phase { phaseStart = loop.now }
            inbound = bytes
        } else {
            inbound.writeBuffer(&bytes)
        }
        consume()
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        flush()
        context.fireChannelReadComplete()
    }

    package func read(context: ChannelHandlerContext) {
        if canRead(context) { context.read() } else { isReadHeld = true }
    }

    private func canRead(_ context: ChannelHandlerContext) -> Bool {
        if case .discarding = phase { return true }
        return slots.count < loop.options.maximumRequestsInFlight && !isWaitingForTurn
            && context.channel.isWritable
    }

    private func resumeReading() {
        guard isReadHeld, let context, canRead(context) else { return }
        isReadHeld = false
        context.read()
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        unwritableSince = context.channel.isWritable ? nil : loop.now
        resumeReading()
        context.fireChannelWritabilityChanged()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            inputEnded = true
            switch ending {
            case .none: if slots.isEmpty { finish() }
            case .writing: break
            case .lingering: closeNow()
            }
            return
        }
        context.fireUserInboundEventTriggered(event)
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        loop.logger.debug("connection failed", metadata: ["error": "\(error)"])
        closeNow()
    }

    // MARK: Requests

    /// Takes requests out of the buffer until one is incomplete or enough are in flight.
    private func consume() {
        guard !isConsuming else { return }
        isConsuming = true
        isWaitingForTurn = false
        while slots.count < loop.options.maximumRequestsInFlight, context != nil {
            do throws(HTTPFault) {
                guard try takeStep() else { break }
            } catch {
                refuse(fault: error)
            }
        }
        isConsuming = false
        if inbound.readableBytes == 0 { inbound = ByteBuffer() }
        if inputEnded, slots.isEmpty { finish() }
    }

    /// Whether a request need not wait for those before it.
    func mayStart(_ head: HTTPRequestHead) -> Bool {
        let reads = head.operation?.isReadOnly ?? true
        isWaitingForTurn = unfinishedWrites > 0 || (unfinished > 0 && !reads)
        return !isWaitingForTurn
    }

    /// Opens the slot of a request that has arrived whole.
    func openSlot(for head: HTTPRequestHead) -> UInt64 {
        let closes = !head.keepsAlive || loop.isStopping
        let writes = !(head.operation?.isReadOnly ?? true)
        let number = firstNumber + UInt64(slots.count)
        slots.append(
            Slot(reply: nil, closes: closes, omitsBody: head.method == .head, writes: writes))
        unfinished += 1
        if writes { unfinishedWrites += 1 }
        phaseStart = loop.now
        phase = closes ? .discarding : .head(scanned: 0)
        return number
    }

    func attach(_ log: RequestLog, to number: UInt64) {
        slots[offset: Int(number - firstNumber)].log = log
    }

    /// Puts an interim answer in its place among the answers.
    func sendContinue() {
        slots.append(
            Slot(reply: ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n"), closes: false))
        writeReady()
    }

    /// Answers a request that cannot be understood, and closes, as what follows it cannot be either.
    func refuse(fault: HTTPFault) {
        refuse(
            status: fault.status, fault.wireError(maximumBodyBytes: loop.options.maximumBodyBytes))
    }

    private func refuse(status: Int, _ error: WireError) {
        let number = firstNumber + UInt64(slots.count)
        slots.append(Slot(reply: nil, closes: true))
        unfinished += 1
        phase = .discarding
        inbound = ByteBuffer()
        answer(number, status: status) { error.encode(into: $0) }
    }

    // MARK: Answers

    /// Fills the slot of a request with what `encode` writes.
    func answer(_ number: UInt64, status: Int, _ encode: (JSONWriter) -> Void) {
        let writer = loop.writer
        writer.removeAll()
        encode(writer)
        writer.withBytes { answer(number, status: status, .json, $0) }
    }

    func answer(
        _ number: UInt64, status: Int, _ type: HTTPReply.ContentType,
        _ body: UnsafeRawBufferPointer
    ) {
        // A connection that has closed meanwhile has no slots.
        guard context != nil, number >= firstNumber else { return }
        let index = Int(number - firstNumber)
        guard index < slots.count, slots[offset: index].reply == nil else { return }
        let reply = HTTPReply(
            status: status, contentType: type, closes: slots[offset: index].closes,
            omitsBody: slots[offset: index].omitsBody)
        slots[offset: index].reply = reply.buffer(body: body, loop)
        unfinished -= 1
        if slots[offset: index].writes { unfinishedWrites -= 1 }
        slots[offset: index].log?.write(status: status, bytes: body.count, loop.logger)
        writeReady()
    }

    /// Writes the filled slots at the front, then takes up what had to wait for them.
    private func writeReady() {
        guard let context else { return }
        while let slot = slots.first, let reply = slot.reply {
            slots.removeFirst()
            firstNumber += 1
            hasWritten = true
            context.write(wrapOutboundOut(reply), promise: nil)
            if slot.closes { return finish() }
        }
        if slots.isEmpty { phaseStart = loop.now }
        if !isConsuming {
            if inbound.readableBytes > 0 || inputEnded { consume() }
            resumeReading()
        }
        if !isReading, !loop.defersFlush(of: self) { flush() }
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
    private func finish() {
        guard ending == .none, let context else { return }
        ending = .writing
        phase = .discarding
        phaseStart = loop.now
        hasWritten = false
        let sent = loop.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in self.closeOutput() }
        // An empty write is complete when all before it are.
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: sent)
        resumeReading()
    }

    private func closeOutput() {
        guard !inputEnded, let context else { return closeNow() }
        ending = .lingering
        phaseStart = loop.now
        context.close(mode: .output, promise: nil)
    }

    func closeNow() {
        context?.close(mode: .all, promise: nil)
    }

    /// Lets what has begun come to its end, and nothing new begin.
    func stop() {
        guard ending == .none else { return }
        if slots.isEmpty {
            if case .head = phase, inbound.readableBytes == 0 { closeNow() }
            return
        }
        slots[offset: slots.count - 1].closes = true
        phase = .discarding
        inbound = ByteBuffer()
    }

    /// Closes the connection if it has kept its phase for too long. Called once a tick.
    func checkTimeouts() {
        let elapsed = loop.now - phaseStart
        let options = loop.options
        if let unwritableSince, loop.now - unwritableSince > loop.ticks(options.writeTimeout) {
            return closeNow()
        }
        switch phase {
        case .discarding:
            let limit = ending == .lingering ? options.lingerTimeout : options.writeTimeout
            if ending != .none, elapsed > loop.ticks(limit) { closeNow() }
        case _ where !slots.isEmpty:
            // What waits for the requests at work is not the client's fault.
            break
        case .head where inbound.readableBytes == 0:
            if elapsed > loop.ticks(options.idleTimeout) { closeNow() }
        case .head:
            if elapsed > loop.ticks(options.headTimeout) { refuse(fault: .tooSlow) }
        case .body, .chunks:
            if elapsed > loop.ticks(options.bodyTimeout) { refuse(fault: .tooSlow) }
        }
    }
}
