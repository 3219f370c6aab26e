import Foundation
import Histogram
import ProcessMeasuring

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
        /// The larger of the two that follow it.
        var writtenBytes: Int?
        var bytesGivenToWrites: Int?
        var bytesSentToDisk: Int?
        var bytesTakenFromReads: Int?
        var userBytesWritten: Int?
        var folderBytes: Int?
        var liveUserBytes: Int?
        var peakMemoryBytes: Int?
        var checksum: Int?
        var latency: Latency?
        /// By kind of operation, where there are several.
        var kinds: [String: Latency]?
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

    static func measured(_ result: PhaseResult) {
        let (phase, tallies) = (result.phase, result.timed.tallies)
        let (whole, kinds) = latencies(tallies)
        let items = tallies.reduce(0) { $0 + $1.items }
        let seconds = Double(result.timed.nanoseconds) / 1e9
        write(
            Line(
                event: "phase", name: phase.name,
                rate: Double(phase.countsItems ? items : phase.operations) / seconds,
                operations: phase.operations, items: items, seconds: seconds,
                cpuSeconds: result.usage.cpuSeconds, writtenBytes: result.usage.writtenBytes,
                bytesGivenToWrites: result.usage.bytesGivenToWrites,
                bytesSentToDisk: result.usage.bytesSentToDisk,
                bytesTakenFromReads: result.usage.bytesTakenFromReads,
                userBytesWritten: tallies.reduce(0) { $0 + $1.userBytes },
                folderBytes: result.folderBytes, liveUserBytes: result.liveUserBytes,
                peakMemoryBytes: result.peakMemoryBytes,
                checksum: tallies.reduce(0) { $0 &+ $1.checksum }, latency: whole,
                kinds: kinds.count > 1 ? kinds : nil))
    }

    private static func latencies(_ tallies: [Tally]) -> (Latency, [String: Latency]) {
        var whole = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
        var byKind: [Outcome.Kind: Histogram<UInt64>] = [:]
        for tally in tallies {
            for (latency, kind) in zip(tally.nanoseconds, tally.kinds) {
                whole.record(latency)
                byKind[kind, default: Histogram(numberOfSignificantValueDigits: .three)]
                    .record(latency)
            }
        }
        let kinds = byKind.map { ($0.key.rawValue, Latency($0.value)) }
        return (Latency(whole), Dictionary(uniqueKeysWithValues: kinds))
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
