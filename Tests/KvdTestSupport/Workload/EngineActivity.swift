public import StorageEngine

/// What an engine was seen to do on a simulated disk, so that a test can tell what it has tested.
///
/// It is told by the engine's events and, where there are none, by the calls that the disk gets.
public final class EngineActivity: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        case flush
        case merge
        /// One into a level that is neither the first nor the last, or out of it.
        case middleLevelMerge
        /// One of several sublevels of level 0.
        case sublevelMerge
        /// One that a long run of deletions in a table was the reason for.
        case garbageRunMerge
        /// A table that went down a level as it was.
        case move
        /// A table that went unread.
        case drop
        /// A rewrite of tables of the last level, as the whole was to be compacted.
        case requestedRewrite
        /// The same because of what a snapshot had kept.
        case garbageRewrite
        /// A merge of small tables that were neighbours in a level, where they stood.
        case smallTablesMerge
        /// A manifest that another one took over from while the database was open.
        case manifestRoll
        /// A log that was made ready ahead and has got its first records.
        case readyLog
        /// The same while one before it was there.
        case severalLogs
        /// A group of commits whose records passed the end of a log's first block.
        case logOfSeveralBlocks
        /// Writers that were delayed, or had to wait, since flushes or compactions were behind.
        case writersHeldUp
        case oneLevelIndex
        case partitionedIndex
    }

    private let counts = Locked<[Kind: Int]>([:])
    /// Logs whose beginning was written once: with zeros, where it is written again.
    private let begunLogs = Locked<Set<String>>([])

    public init() {}

    public func count(_ kind: Kind) -> Int { counts.withLock { $0[kind] ?? 0 } }

    /// What has not been seen.
    public var missing: [Kind] { Kind.allCases.filter { count($0) == 0 } }

    /// All counts, in one line.
    public var summary: String {
        Kind.allCases.map { "\($0.rawValue) \(count($0))" }.joined(separator: ", ")
    }

    /// Takes part in all that an engine with these options tells, and their disk is asked for.
    ///
    /// - Parameters:
    ///   - options: Their events and the disk's hook are not used for anything else.
    ///   - delay: Called before every call of the disk's, which it holds back.
    public func observe(
        _ options: inout EngineOptions, on disk: SimulatedFilesystem,
        delay: @escaping @Sendable (FilesystemCall) -> Void = { _ in }
    ) {
        options.onEvent = { [self] event in note(event) }
        disk.setHook { [self, unowned disk] call in
            delay(call)
            note(call, disk)
            return .run
        }
    }

    private func add(_ kind: Kind, _ amount: Int = 1) {
        counts.withLock { $0[kind, default: 0] += amount }
    }

    private func note(_ event: EngineEvent) {
        switch event {
        case .flushEnded: add(.flush)
        case .compactionEnded(let summary):
            let input = summary.input
            if input.reason == .garbageRun { add(.garbageRunMerge) }
            if input.sortedRunCount > 1 { add(.sublevelMerge) }
            if input.fromLevel != input.toLevel,
                input.fromLevel > 0 || input.toLevel < Self.lastLevel
            {
                add(.middleLevelMerge)
            }
            switch input.reason {
            case _ where input.fromLevel != input.toLevel: add(.merge)
            case .garbage, .garbageRun: add(.garbageRewrite)
            case .smallTables: add(.smallTablesMerge)
            default: add(.requestedRewrite)
            }
        case .moved: add(.move)
        case .dropped: add(.drop)
        case .slowdownBegan, .stallBegan: add(.writersHeldUp)
        default: break
        }
    }

    private func note(_ call: FilesystemCall, _ disk: SimulatedFilesystem) {
        let slash = call.path.lastIndex(of: "/") ?? call.path.startIndex
        let isLog = call.path.hasSuffix(".log")
        switch call.kind {
        case .write where isLog: noteLogWrite(call, disk, folder: String(call.path[..<slash]))
        case .create where call.path[slash...].hasPrefix("/MANIFEST-"): add(.manifestRoll)
        // Each open begins a manifest as well, which is no roll.
        case .lock: add(.manifestRoll, -1)
        case .sync where call.path.hasSuffix(".sst"):
            guard let bytes = try? disk.contents(of: call.path) else { break }
            add(Self.hasPartitions(bytes) ? .partitionedIndex : .oneLevelIndex)
        default: break
        }
    }

    private func noteLogWrite(
        _ call: FilesystemCall, _ disk: SimulatedFilesystem, folder: String
    ) {
        if call.byteCount > Self.logBlockBytes { add(.logOfSeveralBlocks) }
        guard call.offset == 0, begunLogs.withLock({ !$0.insert(call.path).inserted }) else {
            return
        }
        add(.readyLog)
        let names = (try? disk.names(in: folder)) ?? []
        if names.filter({ $0.hasSuffix(".log") }).count > 1 { add(.severalLogs) }
    }

    private static let logBlockBytes = 32 << 10
    private static let lastLevel = 6

    /// The kind of index that a table's footer states: 12 bytes before its end, 2 for partitions.
    private static func hasPartitions(_ table: [UInt8]) -> Bool { table[table.count - 12] == 2 }
}
