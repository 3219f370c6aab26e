internal import Foundation

/// The comparison as text.
struct TerminalReport {
    let comparison: Comparison
    let descriptions: [EngineKind: EngineDescription]
    let builds: [PeerBuild]
    let machine: Machine
    let workload: Report.WorkloadFacts

    private static let nameWidth = 18
    private static let columnWidth = 15

    var text: String {
        let gibibytes = Double(machine.memoryBytes) / 1_073_741_824
        var lines = [
            "\(machine.processor), \(machine.coreCount) cores, \(formatShort(gibibytes)) GiB, "
                + "\(machine.kernel), \(machine.filesystem)",
            "\(workload.entryCount) entries of \(workload.keyBytes) B keys and \(workload.valueBytes) B "
                + "values, half compressible; cache \(workload.cacheBytes) B; seed \(workload.seed); "
                + "medians of \(workload.rounds) rounds",
        ]
        lines += builds.compactMap(\.warning)
        for engine in comparison.engines {
            guard let description = descriptions[engine] else { continue }
            let options = description.options.map { "\($0.name) = \($0.value)" }
            lines.append(
                "\(engine.displayName) \(description.version): " + options.joined(separator: "; "))
        }
        lines += section("throughput: operations (walks: entries) a second, median") {
            engine, phase in
            comparison.spread(engine, phase, \.operationsPerSecond).map { formatRate($0.median) }
        }
        lines += section("its least and most") { engine, phase in
            comparison.spread(engine, phase, \.operationsPerSecond).flatMap {
                if $0.least == $0.most { return nil }
                return formatRate($0.least) + "–" + formatRate($0.most)
            }
        }
        if comparison.engines.contains(.kvd), comparison.engines.count > 1 {
            lines += section("kvd / peer: more than 1 is faster", ratio)
        }
        lines += section("latency µs: p50 / p99 / p99.9") { engine, phase in
            let figures = [\PhaseResult.Latency.p50, \.p99, \.p999].compactMap { percentile in
                comparison.spread(engine, phase) { $0.latency?[keyPath: percentile] }
            }
            return figures.count < 3
                ? nil : figures.map { formatShort($0.median) }.joined(separator: "/")
        }
        lines += section("CPU seconds, background work included") { engine, phase in
            comparison.spread(engine, phase, \.cpuSeconds).map { formatShort($0.median) }
        }
        lines += section("bytes written, MiB") { engine, phase in
            comparison.spread(engine, phase) { Double($0.writtenBytes) / 1_048_576 }
                .map { formatShort($0.median) }
        }
        lines += section("bytes read, MiB") { engine, phase in
            comparison.spread(engine, phase) { Double($0.bytesTakenFromReads) / 1_048_576 }
                .map { formatShort($0.median) }
        }
        lines += section("write amplification") { engine, phase in
            comparison.spread(engine, phase, \.writeAmplification).map { formatShort($0.median) }
        }
        lines += section("write amplification at the disk, the filesystem's journal included") {
            engine, phase in
            comparison.spread(engine, phase, \.deviceWriteAmplification)
                .map { formatShort($0.median) }
        }
        lines += section("space amplification") { engine, phase in
            comparison.spread(engine, phase, \.spaceAmplification).map { formatShort($0.median) }
        }
        lines += section("peak memory, MiB") { engine, phase in
            comparison.spread(engine, phase) { Double($0.peakMemoryBytes) / 1_048_576 }
                .map { formatShort($0.median) }
        }
        return lines.joined(separator: "\n")
    }

    private func ratio(_ engine: EngineKind, _ phase: Phase) -> String? {
        guard engine != .kvd,
            let own = comparison.spread(.kvd, phase, \.operationsPerSecond),
            let peer = comparison.spread(engine, phase, \.operationsPerSecond)
        else { return nil }
        return String(format: "%.2f", own.median / peer.median)
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

/// A rate with three digits that matter: 812, 45.3 k, 1.20 M.
func formatRate(_ rate: Double) -> String {
    switch rate {
    case 999_500...: formatShort(rate / 1e6) + " M"
    case 999.5...: formatShort(rate / 1e3) + " k"
    default: formatShort(rate)
    }
}

/// Three digits that matter.
func formatShort(_ number: Double) -> String {
    switch number.magnitude {
    case 99.95...: String(format: "%.0f", number)
    case 9.995...: String(format: "%.1f", number)
    default: String(format: "%.2f", number)
    }
}
