internal import ArgumentParser
internal import Foundation

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Measure engines beside each other, each round of each in a process of its own.",
        discussion: """
            The sets, of 2,000,000 entries with keys of 16 B each, measured one after another:
            \(SetName.allCases.map { set in
                let atScaleOne = set.workloadSet(entryCount: Workload.entriesAtScaleOne)
                return "  " + pad(set.rawValue, 18) + atScaleOne.title
            }.joined(separator: "\n"))

            The phases:
            \(Phase.allCases.map { "  " + pad($0.rawValue, 18) + $0.explanation }
                .joined(separator: "\n"))
            """)

    @Option(
        help: "Comma-separated; see above. Not with --value-bytes or --cache-bytes. (default: all)")
    var sets: CommaList<SetName>?

    @Option(help: "Comma-separated: \(CommaList<EngineKind>.names).")
    var engines = CommaList<EngineKind>(EngineKind.allCases)

    @Option(help: "Comma-separated; see above.")
    var phases = CommaList<Phase>(Phase.allCases)

    @Option(help: "How often each engine runs on each set; medians need at least 3.")
    var rounds = 3

    @Option(
        help: ArgumentHelp(
            "A folder on the disk that is to be measured. The engines' files go to its subfolder"
                + " \(BenchFolder.name), which is made and removed."))
    var folder = ".build_bench"

    @Option(
        help: ArgumentHelp(
            "Write every figure of every round, anew after each set.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Write a page with charts, anew after each set.", valueName: "file"))
    var html: String?

    @Option(help: ArgumentHelp("What the results call the measured kvd.", valueName: "name"))
    var kvdRevision = "this checkout"

    @OptionGroup var workload: WorkloadOptions

    mutating func validate() throws {
        guard (1...1_000).contains(rounds) else {
            throw ValidationError("--rounds is 1 to 1000")
        }
        guard !engines.elements.isEmpty else { throw ValidationError("--engines names none") }
        guard !phases.elements.isEmpty else { throw ValidationError("--phases names none") }
        guard let sets else { return }
        guard !sets.elements.isEmpty else { throw ValidationError("--sets names none") }
        guard !workload.describesSet else {
            throw ValidationError(
                "--value-bytes and --cache-bytes describe a set of your own: leave out --sets, or them"
            )
        }
    }

    /// What is measured, in that order.
    var chosenSets: [WorkloadSet] {
        workload.describesSet
            ? [workload.customSet]
            : (sets?.elements ?? SetName.allCases).map {
                $0.workloadSet(entryCount: workload.entryCount)
            }
    }

    func run() throws {
        let progress = Progress(runCount: chosenSets.count * rounds * engines.elements.count)
        let builds = engines.elements.compactMap { PeerBuild.inspect($0) }
        for warning in builds.compactMap(\.warning) { progress.note(warning) }
        // A mistaken path must not be found out after the measuring.
        for file in [json, html].compactMap({ $0 }) { try requireWritable(file) }
        let benchFolder = try BenchFolder(in: folder, isShared: false)
        var report = Report(
            kvdRevision: kvdRevision, machine: .current(folder: folder), builds: builds,
            engines: engines.elements)
        print(TerminalReport.heading(report))
        for set in chosenSets {
            let comparison = try measure(set, progress)
            let facts = Report.SetFacts(comparison, set, seed: workload.seed, rounds: rounds)
            report.sets.append(facts)
            print(TerminalReport(comparison: comparison, facts: facts).text)
            // A run is long: what fails later must not take this set with it.
            fflush(nil)
            if let json { try report.encoded().write(to: URL(fileURLWithPath: json)) }
            if let html { try HTMLPage(report).encoded().write(to: URL(fileURLWithPath: html)) }
        }
        // A child that failed has left its files.
        try benchFolder.remove()
        if report.sets.contains(where: { !$0.failures.isEmpty }) { throw ExitCode.failure }
    }

    /// What an earlier run left there stays until there is something to put in its place.
    private func requireWritable(_ file: String) throws {
        let url = URL(fileURLWithPath: file)
        if FileManager.default.fileExists(atPath: file) {
            try FileHandle(forUpdating: url).close()
        } else {
            try Data().write(to: url)
        }
    }

    /// Measures all engines on one set. One that fails is left out of its further rounds, and what it
    /// had done stands: the others took long as well.
    private func measure(_ set: WorkloadSet, _ progress: Progress) throws -> Comparison {
        var results: [PhaseResult] = []
        var failures: [EngineKind: String] = [:]
        var descriptions: [EngineKind: EngineDescription] = [:]
        for round in 1...rounds {
            for position in engines.elements.indices {
                // Each round begins with the next engine, so that none is always first.
                let place = (position + round - 1) % engines.elements.count
                let engine = engines.elements[place]
                if failures[engine] != nil { continue }
                progress.begin(engine, of: set, round: round)
                do {
                    try measure(engine, set, round, progress) { event in
                        switch event {
                        case .described(let description): descriptions[engine] = description
                        case .finished(let result): results.append(result)
                        default: break
                        }
                    }
                } catch {
                    let failure = "\(engine.displayName) failed in round \(round): \(error)"
                    failures[engine] = failure
                    progress.note(failure)
                }
                progress.end()
            }
        }
        progress.close()
        return Comparison(
            results: results, descriptions: descriptions, engines: engines.elements,
            failures: engines.elements.compactMap { failures[$0] })
    }

    /// Measures one engine once, in a child, and shows how far it is.
    private func measure(
        _ engine: EngineKind, _ set: WorkloadSet, _ round: Int, _ progress: Progress,
        _ receive: (ChildEvent) -> Void
    ) throws {
        try ChildProcess(arguments: childArguments(engine, set, round)).run { event in
            switch event {
            case .preparing(let work): progress.show(work)
            case .started(let phase): progress.show(phase.rawValue)
            case .finished(let result): progress.finished(result)
            case .notApplicable, .described: break
            }
            receive(event)
        }
    }

    /// What the child that measures one engine once is started with.
    func childArguments(
        _ engine: EngineKind, _ set: WorkloadSet, _ round: Int
    ) -> [String] {
        [
            "run-one", "--engine", engine.rawValue, "--phases", phases.argument, "--round",
            "\(round)", "--folder", folder,
        ] + set.arguments + workload.arguments
    }
}
