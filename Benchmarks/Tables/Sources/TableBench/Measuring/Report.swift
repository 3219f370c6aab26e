import Foundation
import Histogram

/// What the process tells whoever started it: lines of JSON on standard output.
enum Report {
    private struct Line: Encodable {
        var event: String
        var name: String?
        var settings: [String: String]?
        var rate: Double?
        var operations: Int?
        var items: Int?
        var seconds: Double?
        var cpuSeconds: Double?
        var writtenBytes: Int?
        var checksum: Int?
        var latency: Latency?
        /// By kind of operation, where there are several.
        var kinds: [String: Latency]?
        var peakMemoryBytes: Int?
    }

    /// Percentiles in microseconds.
    struct Latency: Encodable {
        var count: Int
        var p50: Double
        var p99: Double
        var p999: Double
        var max: Double

        init(_ histogram: Histogram<UInt64>) {
            func microseconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1000 }
            count = Int(histogram.totalCount)
            p50 = microseconds(histogram.valueAtPercentile(50))
            p99 = microseconds(histogram.valueAtPercentile(99))
            p999 = microseconds(histogram.valueAtPercentile(99.9))
            max = microseconds(histogram.max)
        }
    }

    /// The settings that the engine really runs with.
    static func settings(_ settings: [String: String]) {
        write(Line(event: "settings", settings: settings))
    }

    static func started(_ phase: String) { write(Line(event: "start", name: phase)) }

    static func measured(
        _ phase: Phase, _ nanoseconds: UInt64, _ usage: ProcessUsage, _ tallies: [Tally]
    ) {
        var whole = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
        var byKind: [Outcome.Kind: Histogram<UInt64>] = [:]
        for tally in tallies {
            for (latency, kind) in zip(tally.nanoseconds, tally.kinds) {
                whole.record(latency)
                byKind[kind, default: Histogram(numberOfSignificantValueDigits: .three)]
                    .record(latency)
            }
        }
        let items = tallies.reduce(0) { $0 + $1.items }
        let seconds = Double(nanoseconds) / 1e9
        let kinds = byKind.map { ($0.key.rawValue, Latency($0.value)) }
        write(
            Line(
                event: "phase", name: phase.name,
                rate: Double(phase.countsItems ? items : phase.operations) / seconds,
                operations: phase.operations, items: items, seconds: seconds,
                cpuSeconds: usage.cpuSeconds, writtenBytes: usage.writtenBytes,
                checksum: tallies.reduce(0) { $0 &+ $1.checksum }, latency: Latency(whole),
                kinds: kinds.count > 1 ? Dictionary(uniqueKeysWithValues: kinds) : nil))
    }

    static func ended() {
        write(Line(event: "end", peakMemoryBytes: ProcessUsage.peakMemoryBytes()))
    }

    private static func write(_ line: Line) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Numbers, strings and dictionaries of them always encode.
        guard let data = try? encoder.encode(line) else {
            preconditionFailure("a report line does not encode")
        }
        print(String(decoding: data, as: UTF8.self))
        fflush(nil)
    }
}
