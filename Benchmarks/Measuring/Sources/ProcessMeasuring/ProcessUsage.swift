internal import Foundation

/// What the kernel has counted for this process, all of its threads together, so far or between two
/// moments. Source: getrusage(2), proc(5).
public struct ProcessUsage: Sendable {
    /// User and system time.
    public var cpuSeconds: Double
    /// Bytes given to write calls.
    public var bytesGivenToWrites: Int
    /// Bytes of pages made dirty that are to reach the disk, mapped memory included.
    public var bytesSentToDisk: Int
    /// Bytes taken from read calls, from the page cache too.
    public var bytesTakenFromReads: Int
    /// Bytes that came from the disk and not from the page cache.
    public var bytesFetchedFromDisk: Int

    /// The larger of the two counters.
    public var writtenBytes: Int { max(bytesGivenToWrites, bytesSentToDisk) }

    public static func now() throws -> ProcessUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let io = try fields("/proc/self/io")
        return ProcessUsage(
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            bytesGivenToWrites: io["wchar", default: 0],
            bytesSentToDisk: io["write_bytes", default: 0],
            bytesTakenFromReads: io["rchar", default: 0],
            bytesFetchedFromDisk: io["read_bytes", default: 0])
    }

    public func since(_ earlier: ProcessUsage) -> ProcessUsage {
        ProcessUsage(
            cpuSeconds: cpuSeconds - earlier.cpuSeconds,
            bytesGivenToWrites: bytesGivenToWrites - earlier.bytesGivenToWrites,
            bytesSentToDisk: bytesSentToDisk - earlier.bytesSentToDisk,
            bytesTakenFromReads: bytesTakenFromReads - earlier.bytesTakenFromReads,
            bytesFetchedFromDisk: bytesFetchedFromDisk - earlier.bytesFetchedFromDisk)
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }

    /// Lines of `name: number`; what follows the number is left aside.
    private static func fields(_ path: String) throws -> [String: Int] {
        var fields: [String: Int] = [:]
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
            let words = line.split(whereSeparator: { ":\t ".contains($0) })
            if words.count >= 2, let number = Int(words[1]) { fields[String(words[0])] = number }
        }
        return fields
    }

    /// The most memory this process has held since ``resetPeakMemory()``, in bytes.
    public static func peakMemoryBytes() throws -> Int {
        try fields("/proc/self/status")["VmHWM", default: 0] << 10
    }

    /// Memory held now, in bytes.
    public static func memoryBytes() throws -> Int {
        try fields("/proc/self/status")["VmRSS", default: 0] << 10
    }

    public static func resetPeakMemory() throws {
        try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
    }
}
