internal import ArgumentParser
internal import Foundation

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Measure engines beside each other, each round of each in a process of its own.",
        discussion: """
            The phases:
            \(Phase.allCases.map { "  " + pad($0.rawValue, 18) + $0.explanation }
                .joined(separator: "\n"))
            """)

    @Option(help: "Comma-separated: \(CommaList<EngineKind>.names).")
    var engines = CommaList<EngineKind>(EngineKind.allCases)

    @Option(help: "Comma-separated; see above.")
    var phases = CommaList<Phase>(Phase.allCases)

    @Option(help: "How often each engine runs; medians need at least 3.")
    var rounds = 3

    @Option(help: "Where the engines' files go; on the disk that is to be measured.")
    var folder = ".build_bench"

    @Option(help: ArgumentHelp("Write every figure of every round.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Write a page with charts.", valueName: "file"))
    var html: String?

    @Option(help: ArgumentHelp("What the results call the measured kvd.", valueName: "name"))
    var kvdRevision = "this checkout"

    @OptionGroup var workload: WorkloadOptions

    mutating func validate() throws {
        guard rounds >= 1 else { throw ValidationError("--rounds is at least 1") }
        guard !engines.elements.isEmpty else { throw ValidationError("--engines names none") }
    }

    func run() throws {
        let progress = Progress(roundCount: rounds, engineCount: engines.elements.count)
        let builds = engines.elements.compactMap { PeerBuild.inspect($0) }
        for warning in builds.compactMap(\.warning) { progress.note(warning) }
        for engine in engines.elements where engine != .kvd {
            if builds.contains(where: { $0.engine == engine }) { continue }
            progress.note(
                "\(engine.displayName)'s library was not found: whether it has assertions is not known"
            )
        }
        // A mistaken path must not be found out after the measuring.
        for file in [json, html].compactMap({ $0 }) {
            try Data().write(to: URL(fileURLWithPath: file))
        }
        let machine = Machine.current(folder: folder)
        let measured = try measure(progress)
        let comparison = Comparison(results: measured.results, engines: engines.elements)
        print(
            TerminalReport(
                comparison: comparison, descriptions: measured.descriptions, builds: builds,
                machine: machine, workload: workloadFacts
            ).text)
        let report = Report(
            comparison, results: measured.results, workload: workloadFacts,
            descriptions: measured.descriptions, builds: builds, machine: machine,
            kvdRevision: kvdRevision)
        if let json { try report.encoded().write(to: URL(fileURLWithPath: json)) }
        if let html { try HTMLPage(report).encoded().write(to: URL(fileURLWithPath: html)) }
    }

    private func measure(
        _ progress: Progress
    ) throws -> (results: [PhaseResult], descriptions: [EngineKind: EngineDescription]) {
        var results: [PhaseResult] = []
        var descriptions: [EngineKind: EngineDescription] = [:]
        for round in 1...rounds {
            for position in engines.elements.indices {
                // Each round begins with the next engine, so that none is always first.
                let place = (position + round - 1) % engines.elements.count
                let engine = engines.elements[place]
                progress.begin(engine, round: round)
                try ChildProcess(arguments: childArguments(engine, round)).run { event in
                    switch event {
                    case .preparing(let work): progress.show(work)
                    case .started(let phase): progress.show(phase.rawValue)
                    case .notApplicable: break
                    case .described(let description): descriptions[engine] = description
                    case .finished(let result):
                        results.append(result)
                        progress.finished(result)
                    }
                }
                progress.end()
            }
        }
        progress.close()
        return (results, descriptions)
    }

    private var workloadFacts: Report.WorkloadFacts {
        Report.WorkloadFacts(
            entryCount: workload.entryCount, keyBytes: KeyBuffer.sizeBytes,
            valueBytes: workload.valueBytes, cacheBytes: workload.effectiveCacheBytes,
            seed: workload.seed, rounds: rounds)
    }

    private func childArguments(_ engine: EngineKind, _ round: Int) -> [String] {
        [
            "run-one", "--engine", engine.rawValue, "--phases", phases.argument, "--round",
            "\(round)", "--folder", "\(folder)/\(engine.rawValue)",
        ] + workload.arguments
    }
}

/// `text` in at least `width` columns, from the left.
func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
}

/// `text` in at least `width` columns, to the right.
func padLeft(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}
