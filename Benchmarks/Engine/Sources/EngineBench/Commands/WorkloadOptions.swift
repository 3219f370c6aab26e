internal import ArgumentParser

/// What is measured; given to the comparing command and passed on to its children.
struct WorkloadOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Entries, as a multiple of 2,000,000.", valueName: "factor"))
    var scale = 1.0

    @Option(help: ArgumentHelp("Size of a value; half of it compresses away.", valueName: "bytes"))
    var valueBytes = 100

    @Option(
        help: ArgumentHelp(
            "Cache of every engine that has one; by default twice the data, at least 64 MiB, so that"
                + " all is cached. Less than the data measures a set larger than the cache.",
            valueName: "bytes"))
    var cacheBytes: Int?

    @Option(help: "Seed of the random orders, the values and what is read.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("A phase is cut short after this long.", valueName: "seconds"))
    var phaseSeconds = 60.0

    var entryCount: Int { Int(Double(Workload.entriesAtScaleOne) * scale) }

    var workload: Workload {
        Workload(entryCount: entryCount, valueBytes: valueBytes, seed: seed)
    }

    var effectiveCacheBytes: Int {
        cacheBytes ?? max(64 << 20, 2 * entryCount * (KeyBuffer.sizeBytes + valueBytes))
    }

    mutating func validate() throws {
        guard entryCount >= 1_000 else { throw ValidationError("--scale is at least 0.0005") }
        guard (8...65_536).contains(valueBytes) else {
            throw ValidationError("--value-bytes is 8 to 65536")
        }
        guard phaseSeconds > 0 else { throw ValidationError("--phase-seconds is positive") }
    }

    /// The same, as arguments.
    var arguments: [String] {
        [
            "--scale", "\(scale)", "--value-bytes", "\(valueBytes)", "--seed", "\(seed)",
            "--cache-bytes", "\(effectiveCacheBytes)", "--phase-seconds", "\(phaseSeconds)",
        ]
    }
}

/// A comma-separated list of an enumeration's cases.
struct CommaList<Element: RawRepresentable & CaseIterable & Sendable>: ExpressibleByArgument,
    Sendable
where Element.RawValue == String {
    var elements: [Element]

    init(_ elements: [Element]) { self.elements = elements }

    init?(argument: String) {
        elements = []
        for name in argument.split(separator: ",") {
            guard let element = Element(rawValue: String(name)) else { return nil }
            elements.append(element)
        }
    }

    var defaultValueDescription: String { "all" }
    static var names: String { Element.allCases.map(\.rawValue).joined(separator: ", ") }
    var argument: String { elements.map(\.rawValue).joined(separator: ",") }
}
