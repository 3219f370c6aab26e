internal import Foundation

/// The comparison on one set as text.
struct TerminalReport {
    let comparison: Comparison
    let facts: Report.SetFacts

    private static let nameWidth = 18
    private static let columnWidth = 16

    /// What holds for all sets.
    static func heading(_ report: Report) -> String {
        let machine = report.machine
        let lines = [
            "\(machine.processor), \(machine.coreCount) cores, "
                + "\(formatBytes(machine.memoryBytes)), \(machine.kernel), \(machine.filesystem)",
            "kvd: \(report.kvdRevision); \(machine.date)",
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
        lines += facts.failures.map { "warning: \($0)" }
        for engine in comparison.engines {
            guard let description = facts.descriptions[engine] else { continue }
            let options = description.options.map { "\($0.name) = \($0.value)" }
            lines.append(
                "\(engine.displayName) \(description.version): " + options.joined(separator: "; "))
        }
        lines.append("* cut short by the time limit: of fewer operations, and with less data")
        lines += section("throughput: operations (walks: entries) a second, median", throughput)
        lines += ends("its least and most", as: formatRate, \.operationsPerSecond)
        if comparison.engines.contains(.kvd), comparison.engines.count > 1 {
            lines += section("kvd / peer: more than 1 is faster", ratio)
        }
        lines += section("latency µs: p50 / p99 / p99.9", latencies)
        lines += ends("least and most of p99") { $0.latency?.p99 }
        return (lines + costs).joined(separator: "\n")
    }

    private var costs: [String] {
        spreads("CPU seconds, background work included; the rounds' ends in brackets", \.cpuSeconds)
            + spreads("bytes written, MiB") { mebibytes($0.writtenBytes) }
            + spreads("bytes read, MiB") { mebibytes($0.bytesTakenFromReads) }
            + spreads("write amplification", \.writeAmplification)
            + spreads(
                "write amplification at the disk, the filesystem's journal included",
                \.deviceWriteAmplification)
            + spreads("space amplification", \.spaceAmplification)
            + spreads("peak memory, MiB") { mebibytes($0.peakMemoryBytes) }
    }

    private func mebibytes(_ bytes: Int) -> Double { Double(bytes) / 1_048_576 }

    private func throughput(_ engine: EngineKind, _ phase: Phase) -> String? {
        comparison.spread(engine, phase, \.operationsPerSecond).map {
            formatRate($0.median)
        }
    }

    private func latencies(_ engine: EngineKind, _ phase: Phase) -> String? {
        guard let p50 = comparison.spread(engine, phase, { $0.latency?.p50 }) else { return nil }
        let others = [\PhaseResult.Latency.p99, \.p999].map { percentile in
            comparison.spread(engine, phase) { $0.latency?[keyPath: percentile] }
        }
        return ([p50] + others).map { $0.map { formatShort($0.median) } ?? "–" }
            .joined(separator: "/")
    }

    private func ratio(_ engine: EngineKind, _ phase: Phase) -> String? {
        guard engine != .kvd,
            let own = comparison.spread(.kvd, phase, \.operationsPerSecond),
            let peer = comparison.spread(engine, phase, \.operationsPerSecond)
        else { return nil }
        // Where the peer was, the section says so.
        let isOwnAlone = comparison.isCutShort(.kvd, phase) && !comparison.isCutShort(engine, phase)
        let mark = isOwnAlone ? "*" : ""
        return String(format: "%.2f", own.median / peer.median) + mark
    }

    /// Medians, and behind them the least and the most of the rounds where they look different.
    private func spreads(_ title: String, _ figure: (PhaseResult) -> Double?) -> [String] {
        section(title) { engine, phase in
            comparison.spread(engine, phase, figure).map { spread in
                let (least, most) = (formatShort(spread.least), formatShort(spread.most))
                return formatShort(spread.median) + (least == most ? "" : " [\(least)–\(most)]")
            }
        }
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
            let cells = comparison.engines.map { engine in
                figure(engine, phase).map {
                    $0 + (comparison.isCutShort(engine, phase) ? "*" : "")
                }
            }
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
