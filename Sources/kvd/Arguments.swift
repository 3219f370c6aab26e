public import ArgumentParser
import KVDatabase
public import Logging

extension Logger.Level: @retroactive ExpressibleByArgument {}

/// A size in bytes, as `65536`, `64KiB`, `512MiB`, `2GiB` (or KB, MB, GB, powers of ten).
struct ByteSize: ExpressibleByArgument, CustomStringConvertible {
    let bytes: Int

    init(bytes: Int) { self.bytes = bytes }

    init?(argument: String) {
        let units: [(String, Int)] = [
            ("kib", 1 << 10), ("mib", 1 << 20), ("gib", 1 << 30), ("kb", 1000), ("mb", 1_000_000),
            ("gb", 1_000_000_000),
        ]
        let text = argument.lowercased()
        let unit = units.first { text.hasSuffix($0.0) } ?? ("", 1)
        guard let count = Int(text.dropLast(unit.0.count)), count >= 0 else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.1)
        guard !overflow else { return nil }
        self.bytes = bytes
    }

    var description: String {
        bytes % (1 << 20) == 0 ? "\(bytes >> 20)MiB" : "\(bytes)"
    }

    var defaultValueDescription: String { description }
}

/// The rule of `--durability`.
struct DurabilityRule: ExpressibleByArgument, CustomStringConvertible {
    let durability: Durability
    let description: String

    /// The default: a write is acknowledged once it is on the disk.
    init() {
        durability = .synced
        description = "synced"
    }

    init?(argument: String) {
        description = argument
        switch argument {
        case "synced": durability = .synced
        case "none": durability = .none
        default:
            let prefix = "interval:"
            guard argument.hasPrefix(prefix),
                let interval = Self.duration(argument.dropFirst(prefix.count))
            else { return nil }
            durability = .interval(interval)
        }
    }

    /// A time such as `100ms` or `2s`.
    private static func duration(_ text: Substring) -> Duration? {
        let isMilliseconds = text.hasSuffix("ms")
        guard isMilliseconds || text.hasSuffix("s"),
            let count = Int(text.dropLast(isMilliseconds ? 2 : 1)), count > 0,
            count <= 3_600_000
        else { return nil }
        return isMilliseconds ? .milliseconds(count) : .seconds(count)
    }

    var defaultValueDescription: String { description }
}
