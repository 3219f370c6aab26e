import Foundation
import Testing

@testable import StorageEngine

/// The table of options, as the docstring and SPEC.md have it, held against the struct.
@Suite("Engine options")
struct EngineOptionsTests {
    struct Row: Equatable {
        let name: String
        let unit: String
        let defaultText: String
        let bounds: String
    }

    private static let numbers: [String: any WritableKeyPath<EngineOptions, Int> & Sendable] = [
        "memtableSizeBytes": \.memtableSizeBytes,
        "logZerosAheadSizeBytes": \.logZerosAheadSizeBytes,
        "waitingMemtableLimit": \.waitingMemtableLimit,
        "blockSizeBytes": \.blockSizeBytes, "blockCacheSizeBytes": \.blockCacheSizeBytes,
        "bloomBitsPerKey": \.bloomBitsPerKey, "bloomBitsPerKeyLimit": \.bloomBitsPerKeyLimit,
        "levelZeroCompactionTrigger": \.levelZeroCompactionTrigger,
        "levelZeroSlowdownTrigger": \.levelZeroSlowdownTrigger,
        "levelZeroStopTrigger": \.levelZeroStopTrigger,
        "delayedWriteBytesPerSecond": \.delayedWriteBytesPerSecond,
        "levelOneSizeBytes": \.levelOneSizeBytes,
        "levelSizeMultiplier": \.levelSizeMultiplier, "tableSizeBytes": \.tableSizeBytes,
        "garbageCompactionPercent": \.garbageCompactionPercent,
        "denseGarbageCompactionCount": \.denseGarbageCompactionCount,
        "ioThreadCount": \.ioThreadCount,
    ]

    /// The rows of the table in a file of the repository.
    private static func rows(_ path: String) throws -> [Row] {
        let lines = try text(path).split(separator: "\n").map { line in
            line.hasPrefix("/// ") ? String(line.dropFirst(4)) : String(line)
        }
        let start = try #require(lines.firstIndex(of: "| option | unit | default | bounds |"))
        return lines[(start + 2)...].prefix { $0.hasPrefix("| `") }.map { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            return Row(
                name: cells[0].trimmingCharacters(in: ["`"]), unit: cells[1],
                defaultText: cells[2], bounds: cells[3])
        }
    }

    private static func text(_ path: String) throws -> String {
        // This file is Tests/StorageEngineTests/EngineOptionsTests.swift.
        let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    private static func documented() throws -> [Row] {
        try rows("Sources/StorageEngine/EngineOptions.swift")
    }

    /// A number such as `64 MiB` or `20000`.
    private static func number(_ text: Substring) throws -> Int {
        let parts = text.split(separator: " ")
        let shifts = ["B": 0, "KiB": 10, "MiB": 20, "GiB": 30, "TiB": 40, "PiB": 50]
        let count = try #require(Int(parts[0]))
        return try parts.count == 1 ? count : count << #require(shifts[String(parts[1])])
    }

    /// The two ends of bounds such as `4 KiB to 1 GiB, and more words`.
    private static func range(_ text: String) throws -> ClosedRange<Int> {
        let ends = text.prefix { $0 != "," }.split(separator: " to ")
        try #require(ends.count == 2)
        return try number(ends[0])...number(ends[1])
    }

    @Test("The docstring's table and SPEC.md's are the same")
    func tables() throws {
        #expect(try Self.documented() == Self.rows("SPEC.md"))
    }

    @Test("Every option is documented, in the order of its declaration, and nothing else")
    func names() throws {
        let names = Mirror(reflecting: EngineOptions()).children.compactMap(\.label)
        // What tests alone may set comes last.
        #expect(try Self.documented().map(\.name) + ["simulation"] == names)
        for row in try Self.documented() where row.name.hasSuffix("Bytes") {
            #expect(row.unit == "bytes", "\(row.name)")
        }
    }

    @Test("Every default is the documented one")
    func defaults() throws {
        let options = EngineOptions()
        for row in try Self.documented() {
            if let option = Self.numbers[row.name] {
                #expect(
                    try options[keyPath: option] == Self.number(row.defaultText[...]),
                    "\(row.name)")
            }
        }
        let others = try Self.documented().filter { Self.numbers[$0.name] == nil }
        #expect(
            others.map { "\($0.name) \($0.defaultText)" } == [
                "filesystem POSIXFilesystem()", "durability \(options.durability)",
                "compression \(options.compression)", "backgroundWork \(options.backgroundWork)",
                "slowDiskThreshold 1 s", "onEvent nil",
            ])
        #expect(options.filesystem is POSIXFilesystem)
        #expect(options.slowDiskThreshold == .seconds(1))
        #expect(options.onEvent == nil)
    }

    @Test("What tests alone may set is, where none does, as SPEC.md says")
    func simulation() throws {
        let settings = SimulationSettings()
        let spec = try Self.text("SPEC.md").split(separator: "\n").joined(separator: " ")
        #expect(settings.indexSizeLimitBytes == 512 << 10)
        #expect(settings.indexPartitionSizeBytes == 16 << 10)
        #expect(
            spec.contains(
                "An index of more than 512 KiB is cut into partitions of about 16 KiB"))
        #expect(settings.manifestRollSizeBytes == 4 << 20)
        #expect(spec.contains("when one outgrows both 4 MiB and twice its first record"))
        #expect(!settings.endsIntervalsByCall)
    }

    @Test("A value at its bound is taken, and the one past it is refused by its name")
    func bounds() throws {
        var checked = 0
        for row in try Self.documented() {
            guard let option = Self.numbers[row.name] else { continue }
            let range = try Self.range(row.bounds)
            for value in [range.lowerBound, range.upperBound] {
                let refusal = Self.refusal { Self.set(&$0, option, value) }
                #expect(refusal == nil, "\(row.name) \(value)")
            }
            for value in [range.lowerBound - 1, range.upperBound + 1, .min, .max] {
                let refusal = Self.refusal { Self.set(&$0, option, value) }
                #expect(refusal?.hasPrefix(row.name + " must be \(row.bounds)") == true)
            }
            checked += 1
        }
        #expect(checked == Self.numbers.count)
    }

    /// Sets one option; the triggers of level 0 are moved apart, so that one is judged alone.
    private static func set(
        _ options: inout EngineOptions, _ option: WritableKeyPath<EngineOptions, Int>, _ value: Int
    ) {
        options.levelZeroCompactionTrigger = 1
        options.levelZeroSlowdownTrigger =
            option == \.levelZeroCompactionTrigger ? 20_000 : 2
        options.levelZeroStopTrigger = 20_000
        options[keyPath: option] = value
    }

    @Test("The slowdown of level 0 begins above its compaction trigger, and not after the stop")
    func triggers() {
        #expect(
            Self.refusal {
                $0.levelZeroCompactionTrigger = 7
                $0.levelZeroSlowdownTrigger = 7
            } == "levelZeroSlowdownTrigger must exceed levelZeroCompactionTrigger")
        #expect(
            Self.refusal {
                $0.levelZeroCompactionTrigger = 7
                $0.levelZeroSlowdownTrigger = 12
                $0.levelZeroStopTrigger = 11
            } == "levelZeroStopTrigger must not be below levelZeroSlowdownTrigger")
        #expect(
            Self.refusal {
                $0.levelZeroCompactionTrigger = 7
                $0.levelZeroSlowdownTrigger = 12
                $0.levelZeroStopTrigger = 12
            } == nil)
    }

    @Test("Times are taken at their bounds and refused past them")
    func times() {
        let day = Duration.seconds(86_400)
        for duration in [.milliseconds(1), day] {
            #expect(Self.refusal { $0.durability = .interval(duration) } == nil)
        }
        for duration in [.zero, .microseconds(999), day + .nanoseconds(1)] {
            let refusal = Self.refusal { $0.durability = .interval(duration) }
            #expect(refusal?.hasPrefix("the interval of durability must be 1 ms to 24 h") == true)
        }
        let inline = Self.refusal {
            $0.durability = .interval(.seconds(1))
            $0.backgroundWork = .inline
        }
        #expect(inline?.hasPrefix("durability at an interval needs backgroundWork threads") == true)
        for duration in [Duration.milliseconds(1), .seconds(3_600)] {
            #expect(Self.refusal { $0.slowDiskThreshold = duration } == nil)
        }
        for duration in [Duration.microseconds(999), .seconds(3_601)] {
            let refusal = Self.refusal { $0.slowDiskThreshold = duration }
            #expect(refusal?.hasPrefix("slowDiskThreshold must be 1 ms to 1 h") == true)
        }
    }

    @Test("An engine with an option out of bounds does not open, and touches nothing")
    func open() throws {
        let filesystem = MemoryFilesystem()
        var options = EngineOptions()
        options.filesystem = filesystem
        options.ioThreadCount = 0
        #expect(throws: EngineError.invalidArgument("ioThreadCount must be 1 to 64, not 0")) {
            try Engine.open(folder: "/refused", options: options)
        }
        #expect(throws: FilesystemError.self) { try filesystem.list("/refused") }
    }

    /// What `validate` says of options with a change; nil where it takes them.
    private static func refusal(_ change: (inout EngineOptions) -> Void) -> String? {
        var options = EngineOptions()
        change(&options)
        do {
            try options.validate()
            return nil
        } catch {
            guard case .invalidArgument(let message) = error else { return "\(error)" }
            return message
        }
    }
}
