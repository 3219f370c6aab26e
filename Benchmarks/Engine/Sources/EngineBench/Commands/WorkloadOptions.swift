internal import ArgumentParser

/// What is measured; given to the comparing command and passed on to its children.
struct WorkloadOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Entries, as a multiple of 2,000,000.", valueName: "factor"))
    var scale = 1.0

    @Option(
        help: ArgumentHelp(
            "Measure one set of your own: size of a value, half of which compresses away; by default"
                + " 100.",
            valueName: "bytes"))
    var valueBytes: Int?

    @Option(
        help: ArgumentHelp(
            "Measure one set of your own: cache of every engine that has one; by default twice the"
                + " data, at least 64 MiB, so that all is cached.",
            valueName: "bytes"))
    var cacheBytes: Int?

    @Option(
        help: ArgumentHelp(
            "Memory in which every engine that gathers writes does so before it sorts them into a"
                + " file; by default 16 for kvd and RocksDB, 32 for LevelDB, 64 for others.",
            valueName: "MiB"))
    var writeBufferMib: Int?

    @Option(help: "Seed of the random orders, the values and what is read.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("A phase is cut short after this long.", valueName: "seconds"))
    var phaseSeconds = 60.0

    var entryCount: Int { Workload.entryCount(atScale: scale) }

    var describesSet: Bool { valueBytes != nil || cacheBytes != nil }

    /// The set that --value-bytes and --cache-bytes describe.
    var customSet: WorkloadSet {
        let valueBytes = valueBytes ?? 100
        let dataBytes = Workload.dataBytes(entryCount: entryCount, valueBytes: valueBytes)
        return WorkloadSet(
            name: "custom", entryCount: entryCount, valueBytes: valueBytes,
            cacheBytes: cacheBytes ?? CacheSize.all(of: dataBytes))
    }

    mutating func validate() throws {
        // The range first: the number of entries of another is none, or none that an Int holds.
        guard (0...1_000).contains(scale), entryCount > 0 else {
            throw ValidationError("--scale is 0.0005 to 1000")
        }
        guard (8...65_536).contains(valueBytes ?? 8) else {
            throw ValidationError("--value-bytes is 8 to 65536")
        }
        guard Self.cacheByteRange.contains(cacheBytes ?? Self.cacheByteRange.lowerBound) else {
            throw ValidationError("--cache-bytes is 1 MiB to 1 PiB")
        }
        guard (1...1_024).contains(writeBufferMib ?? 1) else {
            throw ValidationError("--write-buffer-mib is 1 to 1024")
        }
        guard phaseSeconds > 0, phaseSeconds <= 86_400 else {
            throw ValidationError("--phase-seconds is more than 0, up to 86400")
        }
    }

    /// WiredTiger's least cache, and more than any set asks for.
    private static let cacheByteRange = 1 << 20...1 << 50

    /// All but the set, as arguments.
    var arguments: [String] {
        ["--scale", "\(scale)", "--seed", "\(seed)", "--phase-seconds", "\(phaseSeconds)"]
            + (writeBufferMib.map { ["--write-buffer-mib", "\($0)"] } ?? [])
    }
}

/// A comma-separated list of an enumeration's cases; a case that is named again counts once.
struct CommaList<Element: RawRepresentable & CaseIterable & Equatable & Sendable>:
    ExpressibleByArgument, Sendable
where Element.RawValue == String {
    var elements: [Element]

    init(_ elements: [Element]) { self.elements = elements }

    init?(argument: String) {
        elements = []
        for name in argument.split(separator: ",") {
            guard let element = Element(rawValue: String(name)) else { return nil }
            if !elements.contains(element) { elements.append(element) }
        }
    }

    var defaultValueDescription: String { "all" }
    static var names: String { Element.allCases.map(\.rawValue).joined(separator: ", ") }
    var argument: String { elements.map(\.rawValue).joined(separator: ",") }
}
