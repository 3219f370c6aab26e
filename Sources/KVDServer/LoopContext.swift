package import DynamoWire
package import Logging
package import NIOCore

/// What the connections of one event loop share: reusable memory, the clock, and the list of
/// connections that the sweep for timeouts goes through.
///
/// One sweep per loop replaces a timer per request: a request costs no timer at all, and a timeout is
/// found at most one tick late.
///
/// Thread safety: none; touched on its event loop only.
package final class LoopContext {
    package let eventLoop: any EventLoop
    package let options: ServerOptions
    package let logger: Logger
    package let executor: any RequestExecutor
    package var decoder = WireDecoder()
    let writer = JSONWriter()
    let allocator = ByteBufferAllocator()
    /// Whether requests are logged; read once, as asking the logger for every request costs.
    let logsRequests: Bool
    let health: [UInt8]

    let completions: CompletionQueue
    private var clock: RepeatedTask?
    /// Ticks since the start; phases of connections are timed in ticks.
    private(set) var now = 0
    private(set) var date = ""
    private var dateSecond = -1
    private var requestIDs = RequestIDGenerator()

    private var connections: [RequestHandler] = []
    private var awaitingFlush: [RequestHandler] = []
    private var isGathering = false
    private(set) var isStopping = false
    private var stopped: EventLoopPromise<Void>?

    static let tick = TimeAmount.milliseconds(100)

    init(
        eventLoop: any EventLoop, options: ServerOptions, logger: Logger,
        executor: any RequestExecutor
    ) {
        eventLoop.preconditionInEventLoop()
        self.eventLoop = eventLoop
        self.options = options
        self.logger = logger
        self.executor = executor
        logsRequests = logger.logLevel <= .debug
        health = Array("healthy: dynamodb.\(options.region).amazonaws.com ".utf8)
        completions = CompletionQueue(eventLoop: eventLoop)
        completions.context.value = self
        refreshDate()
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        clock = eventLoop.scheduleRepeatedTask(initialDelay: Self.tick, delay: Self.tick) { _ in
            bound.value.sweep()
        }
    }

    /// How many ticks make up `amount`, one at least.
    func ticks(_ amount: TimeAmount) -> Int {
        max(1, Int(amount.nanoseconds / Self.tick.nanoseconds))
    }

    func nextRequestID() -> String { requestIDs.next() }

    // MARK: Connections

    func add(_ connection: RequestHandler) {
        connection.place = connections.count
        connections.append(connection)
    }

    func remove(_ connection: RequestHandler) {
        let place = connection.place
        guard place < connections.count, connections[place] === connection else { return }
        connections.swapAt(place, connections.count - 1)
        connections.removeLast()
        if place < connections.count { connections[place].place = place }
        if isStopping, connections.isEmpty { finish() }
    }

    /// Answers what is being worked on, closes everything, and succeeds the promise once all is
    /// closed.
    func stop(_ promise: EventLoopPromise<Void>) {
        isStopping = true
        stopped = promise
        for connection in connections { connection.stop() }
        if connections.isEmpty { finish() }
    }

    /// Ends the context once its last connection has closed.
    private func finish() {
        clock?.cancel()
        completions.context.value = nil
        stopped?.succeed()
        stopped = nil
    }

    /// Closes what a graceful stop has not closed in time.
    func closeAll() {
        for connection in connections { connection.closeNow() }
    }

    // MARK: Flushing

    /// Runs `body` and then flushes each connection that has written, once.
    func gatherFlushes(_ body: () -> Void) {
        isGathering = true
        body()
        isGathering = false
        let connections = awaitingFlush
        awaitingFlush.removeAll(keepingCapacity: true)
        for connection in connections { connection.flush() }
    }

    /// Whether the connection's flush has been put off to the end of the running pass.
    func defersFlush(of connection: RequestHandler) -> Bool {
        if isGathering { awaitingFlush.append(connection) }
        return isGathering
    }

    // MARK: Clock

    private func sweep() {
        now += 1
        refreshDate()
        // A connection that closes leaves the list and moves the last one to its place: backwards,
        // so that none is missed.
        for index in connections.indices.reversed() where index < connections.count {
            connections[index].checkTimeouts()
        }
    }

    private func refreshDate() {
        let second = HTTPDate.now
        guard second != dateSecond else { return }
        dateSecond = second
        date = HTTPDate.text(secondsSinceEpoch: second)
    }
}
