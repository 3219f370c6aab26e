internal import ArgumentParser
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

    @Option(help: "Where the engine's files go; created, and removed after.")
    var folder: String

    @OptionGroup var workload: WorkloadOptions

    func run() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        func emit(_ event: ChildEvent) {
            guard let line = try? encoder.encode(event) else { return }
            FileHandle.standardOutput.write(line + Data("\n".utf8))
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
            folder: folder, cacheBytes: set.cacheBytes,
            writeBufferBytes: workload.writeBufferMib.map { $0 << 20 } ?? engine.writeBufferBytes,
            meter: meter, emit: emit
        ).run()
    }
}

extension EngineKind: ExpressibleByArgument {}
