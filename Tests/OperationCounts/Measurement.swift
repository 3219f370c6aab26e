import CCallCounters
import Glibc

/// Calls for one operation, on average.
struct Measurement {
    let operation: Operation
    let counts: [(name: String, value: Double, limit: Double)]

    /// Calls `body`, which does the operation `count` times, twice: first so that buffers have
    /// their size and caches their contents, then counted.
    static func of<Failure: Error>(
        _ operation: Operation, count: Int, _ body: () throws(Failure) -> Void
    ) throws(Failure) -> Measurement {
        try body()
        waitForBackgroundWork()
        let before = counted_calls()
        try body()
        let after = counted_calls()
        guard let limits = thresholds[operation] else {
            preconditionFailure("\(operation) has no threshold")
        }
        func average(_ field: (call_counts) -> UInt64) -> Double {
            Double(field(after) - field(before)) / Double(count)
        }
        return Measurement(
            operation: operation,
            counts: [
                ("allocations", average { $0.allocations }, limits.allocations),
                ("reads", average { $0.reads }, limits.reads),
                ("writes", average { $0.writes }, limits.writes),
                ("syncs", average { $0.syncs }, limits.syncs),
                ("waits", average { $0.waits }, limits.waits),
                ("other calls", average { $0.others }, limits.others),
            ])
    }

    /// Returns when nothing was counted for a while: what a flush or a compaction leaves to do on other
    /// threads, such as giving memory and files back, is none of the operation's calls.
    private static func waitForBackgroundWork() {
        for _ in 0..<100 {
            let before = total(counted_calls())
            usleep(50_000)
            // The sleep is a call itself.
            if total(counted_calls()) <= before + 1 { return }
        }
    }

    private static func total(_ counts: call_counts) -> UInt64 {
        counts.allocations + counts.reads + counts.writes + counts.syncs + counts.waits
            + counts.others
    }

    var isWithinLimits: Bool { counts.allSatisfy { $0.value <= $0.limit } }

    /// Every count that is not zero on both sides, beside its threshold.
    var description: String {
        let shown = counts.filter { $0.name == "allocations" || $0.value > 0 || $0.limit > 0 }
        let parts = shown.map { count in
            "\(count.name) \(Self.text(count.value)) (at most \(Self.text(count.limit)))"
                + (count.value > count.limit ? " ABOVE" : "")
        }
        return "\(isWithinLimits ? "pass" : "FAIL")  \(operation.rawValue): "
            + parts.joined(separator: ", ")
    }

    /// Up to three decimals.
    private static func text(_ value: Double) -> String {
        let rounded = (value * 1000).rounded(.up) / 1000
        return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
    }
}
