import ArgumentParser

/// The core workloads of YCSB.
///
/// Source: Cooper et al., "Benchmarking Cloud Serving Systems with YCSB" (SoCC 2010), table 2.
enum Workload: String, CaseIterable, ExpressibleByArgument {
    case a, b, c, d, e, f

    /// The shares of operations, in percent.
    var mix: [(kind: Outcome.Kind, percent: Int)] {
        switch self {
        case .a: [(.get, 50), (.update, 50)]
        case .b: [(.get, 95), (.update, 5)]
        case .c: [(.get, 100)]
        case .d: [(.get, 95), (.insert, 5)]
        case .e: [(.scan, 95), (.insert, 5)]
        case .f: [(.get, 50), (.readModifyWrite, 50)]
        }
    }

    /// Whether reads favour the newest records; else they follow the scrambled Zipf distribution.
    var readsLatest: Bool { self == .d }

    var shape: RecordShape { self == .e ? .posts : .users }

    func kind(_ random: inout SplitMix64) -> Outcome.Kind {
        var left = random.below(100)
        for (kind, percent) in mix {
            if left < percent { return kind }
            left -= percent
        }
        preconditionFailure("the shares of workload \(self) are not 100 percent")
    }
}
