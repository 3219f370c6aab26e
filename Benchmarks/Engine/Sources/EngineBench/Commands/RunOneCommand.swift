internal import ArgumentParser
internal import CBenchShims
internal import Foundation

/// One engine, one round, in this process: what the comparing command starts again and again.
struct RunOneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run-one",
        abstract: "Run one engine once in this process; results come as JSON lines. For profilers.")

    @Option(help: "One of \(CommaList<EngineKind>.names).")
    var engine: EngineKind

    @Option(help: "Comma-separated: \(CommaList<Phase>.names).")
    var phases = CommaList<Phase>(Phase.allCases)

    @Option(help: "The number that the results carry.")
    var round = 1

    @Option(
        help: ArgumentHelp(
            "A folder. The engine's files go to its subfolder \(BenchFolder.name), which is made"
                + " and removed."))
    var folder: String

    /// The comparing process, whose end is to be this one's too.
    @Option(help: .hidden)
    var parent: Int32?

    @OptionGroup var workload: WorkloadOptions

    func run() throws {
        if let parent { try endWithParent(parent) }
        let results = FileHandle(fileDescriptor: try keepStandardOutput())
        let benchFolder = try BenchFolder(in: folder, isShared: parent != nil)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        func emit(_ event: ChildEvent) {
            guard let line = try? encoder.encode(event) else { return }
            results.write(line + Data("\n".utf8))
        }
        let set = workload.customSet
        let meter = try Meter(
            kind: engine, round: round,
            operationLimit: max(2 * set.entryCount, RoundRunner.syncedOperationLimit),
            syncedOperationLimit: RoundRunner.syncedOperationLimit,
            limitSeconds: workload.phaseSeconds)
        try RoundRunner(
            kind: engine, phases: Set(phases.elements),
            workload: Workload(
                entryCount: set.entryCount, valueBytes: set.valueBytes, seed: workload.seed),
            folder: "\(benchFolder.path)/\(engine.rawValue)", cacheBytes: set.cacheBytes,
            writeBufferBytes: workload.writeBufferMib.map { $0 << 20 } ?? engine.writeBufferBytes,
            meter: meter, emit: emit
        ).run()
        try benchFolder.remove()
    }

    /// What a library prints goes to standard error from here on, so that nothing comes between the
    /// results.
    ///
    /// - Returns: Where the results go: what was standard output.
    private func keepStandardOutput() throws -> Int32 {
        let kept = dup(STDOUT_FILENO)
        guard kept >= 0, dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 else {
            throw PeerError("dup: \(String(cString: strerror(errno)))")
        }
        return kept
    }

    /// Has the kernel kill this process when the comparing one ends, in whatever way: Foundation
    /// starts a child in a process group of its own, which a terminal's Ctrl-C does not reach.
    private func endWithParent(_ parent: pid_t) throws {
        // The kernel goes by the thread that started this process. That was the main thread, which
        // lives as long as the comparing process does.
        guard bench_die_with_parent() == 0 else {
            throw PeerError("prctl(PR_SET_PDEATHSIG): \(String(cString: strerror(errno)))")
        }
        guard getppid() == parent else {
            throw PeerError("the process that started this one ended at once")
        }
    }
}

extension EngineKind: ExpressibleByArgument {}
