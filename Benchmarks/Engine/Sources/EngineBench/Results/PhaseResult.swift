/// What one engine did in one phase of one round.
struct PhaseResult: Codable, Sendable {
    var engine: EngineKind
    var phase: Phase
    var round: Int
    var operations: Int
    /// From the first operation's begin to the last one's end.
    var seconds: Double
    /// Percentiles of the latency of an operation, in microseconds; nil where single operations
    /// are not timed.
    var latency: Latency?
    /// User and system time of all threads, background work until it has settled included.
    var cpuSeconds: Double
    /// Until the background work that the phase caused had settled.
    var settledSeconds: Double
    /// The larger of the two counters below, background work included.
    var writtenBytes: Int { max(bytesGivenToWrites, bytesSentToDisk) }
    var bytesGivenToWrites: Int
    var bytesSentToDisk: Int
    var bytesTakenFromReads: Int
    var bytesFetchedFromDisk: Int
    /// Bytes that the disk under the folder was given, the filesystem's journal and all other
    /// programs' writes included; nil where the kernel does not say.
    var bytesWrittenByDevice: Int?
    /// Bytes of keys and values that the phase's user wrote.
    var userBytesWritten: Int
    /// Disk usage of the folder after the phase.
    var folderBytes: Int
    /// Bytes of the keys and values that are alive after the phase.
    var liveUserBytes: Int
    /// The most memory the process held during the phase, less what it held before the engine was
    /// first opened.
    var peakMemoryBytes: Int
    /// Whether the phase was cut short by the time limit.
    var isCutShort: Bool

    /// A percentile is nil where fewer operations were timed than its one in a hundred or thousand.
    struct Latency: Codable, Sendable {
        var p50: Double
        var p99: Double?
        var p999: Double?
        var max: Double
    }

    var operationsPerSecond: Double { Double(operations) / seconds }
    /// Bytes written for each byte of the user's; nil where the user wrote nothing.
    var writeAmplification: Double? {
        userBytesWritten == 0 ? nil : Double(writtenBytes) / Double(userBytesWritten)
    }
    /// Bytes that the disk was given for each byte of the user's.
    var deviceWriteAmplification: Double? {
        guard let bytesWrittenByDevice, userBytesWritten > 0 else { return nil }
        return Double(bytesWrittenByDevice) / Double(userBytesWritten)
    }
    /// Bytes on the disk for each byte alive; nil where nothing is alive.
    var spaceAmplification: Double? {
        liveUserBytes == 0 ? nil : Double(folderBytes) / Double(liveUserBytes)
    }
}

/// What a child process tells the one that compares, one JSON object a line.
enum ChildEvent: Codable, Sendable {
    /// Untimed work began.
    case preparing(String)
    /// A phase began.
    case started(Phase)
    case finished(PhaseResult)
    /// The engine has no such operation.
    case notApplicable(Phase)
    case described(EngineDescription)
}
