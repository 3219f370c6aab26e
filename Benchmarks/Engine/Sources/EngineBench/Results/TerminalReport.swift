internal import Foundation

/// The comparison on one set as text.
struct TerminalReport {
    let comparison: Comparison
    let facts: Report.SetFacts

    private static let nameWidth = 18
    private static let columnWidth = 15

    /// What holds for all sets.
    static func heading(_ report: Report) -> String {
        let machine = report.machine
        let lines = [
            "\(machine.processor), \(machine.coreCount) cores, "
                + "\(formatBytes(machine.memoryBytes)), \(machine.kernel), \(machine.filesystem)"
        ]
        return (lines + report.engines.compactMap(\.build?.warning)).joined(separator: "\n")
    }

    var text: String {
        let workload = facts.workload
        var lines = [
            "", "== \(facts.name): \(facts.title)",
            "\(workload.entryCount) entries of \(workload.keyBytes) B keys and \(workload.valueBytes) B "
                + "values, half compressible: \(formatBytes(workload.dataBytes)); "
                + "cache \(formatBytes(workload.cacheBytes)); seed \(workload.seed); "
                + "medians of \(workload.rounds) round\(workload.rounds == 1 ? "" : "s")",
        ]
        for engine in comparison.engines {
            guard let description = facts.descriptions[engine] else { continue }
            let options = description.options.map { "\($0.name) = \($0.value)" }
            lines.append(
                "\(engine.displayName) \(description.version): " + options.joined(separator: "; "))
        }
        lines += section(
            "throughput: operations (walks: entries) a second, median; * cut short by the time limit",
            throughput)
        lines += ends("its least and most", as: formatRate, \.operationsPerSecond)
        if comparison.engines.contains(.kvd), comparison.engines.count > 1 {
            lines += section("kvd / peer: more than 1 is faster", ratio)
        }
        lines += section("latency µs: p50 / p99 / p99.9", latencies)
        lines += ends("least and most of p99") { $0.latency?.p99 }
        return (lines + costs).joined(separator: "\n")
    }

    private var costs: [String] {
        medians("CPU seconds, background work included", \.cpuSeconds)
            + medians("bytes written, MiB") { mebibytes($0.writtenBytes) }
            + medians("bytes read, MiB") { mebibytes($0.bytesTakenFromReads) }
            + medians("write amplification", \.writeAmplification)
            + medians(
                "write amplification at the disk, the filesystem's journal included",
                \.deviceWriteAmplification)
            + medians("space amplification", \.spaceAmplification)
            + medians("peak memory, MiB") { mebibytes($0.peakMemoryBytes) }
    }

    private func mebibytes(_ bytes: Int) -> Double { Double(bytes) / 1_048_576 }

    private func throughput(_ engine: EngineKind, _ phase: Phase) -> String? {
        comparison.spread(engine, phase, \.operationsPerSecond).map {
            formatRate($0.median) + (comparison.isCutShort(engine, phase) ? "*" : "")
        }
    }

    private func latencies(_ engine: EngineKind, _ phase: Phase) -> String? {
        let figures = [\PhaseResult.Latency.p50, \.p99, \.p999].compactMap { percentile in
            comparison.spread(engine, phase) { $0.latency?[keyPath: percentile] }
        }
        return figures.count < 3
            ? nil : figures.map { formatShort($0.median) }.joined(separator: "/")
    }

    private func ratio(_ engine: EngineKind, _ phase: Phase) -> String? {
        guard engine != .kvd,
            let own = comparison.spread(.kvd, phase, \.operationsPerSecond),
            let peer = comparison.spread(engine, phase, \.operationsPerSecond)
        else { return nil }
        return String(format: "%.2f", own.median / peer.median)
    }

    private func medians(
        _ title: String, as format: (Double) -> String = formatShort,
        _ figure: (PhaseResult) -> Double?
    ) -> [String] {
        section(title) { comparison.spread($0, $1, figure).map { format($0.median) } }
    }

    /// The least and the most of the rounds; nothing where they are one.
    private func ends(
        _ title: String, as format: (Double) -> String = formatShort,
        _ figure: (PhaseResult) -> Double?
    ) -> [String] {
        section(title) { engine, phase in
            guard let spread = comparison.spread(engine, phase, figure),
                spread.least < spread.most
            else { return nil }
            return format(spread.least) + "–" + format(spread.most)
        }
    }

    private func section(
        _ title: String, _ figure: (EngineKind, Phase) -> String?
    ) -> [String] {
        var rows: [String] = []
        for phase in comparison.phases {
            let cells = comparison.engines.map { figure($0, phase) }
            if cells.allSatisfy({ $0 == nil }) { continue }
            rows.append(
                pad(phase.rawValue, Self.nameWidth)
                    + cells.map { padLeft($0 ?? "–", Self.columnWidth) }.joined(separator: " "))
        }
        if rows.isEmpty { return [] }
        let header =
            pad("", Self.nameWidth)
            + comparison.engines.map { padLeft($0.displayName, Self.columnWidth) }
            .joined(separator: " ")
        return ["", title, header] + rows
    }
}
