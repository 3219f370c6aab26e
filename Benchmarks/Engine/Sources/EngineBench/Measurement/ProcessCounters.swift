internal import Foundation

/// What the kernel has counted for this process, all of its threads together.
struct ProcessCounters {
    /// User and system time.
    let cpuSeconds: Double
    /// Bytes given to write calls.
    let bytesGivenToWrites: UInt64
    /// Bytes of pages made dirty that are to reach the disk, mapped memory included.
    let bytesSentToDisk: UInt64
    /// Bytes taken from read calls.
    let bytesTakenFromReads: UInt64
    /// Bytes that came from the disk and not from the page cache.
    let bytesFetchedFromDisk: UInt64

    static func now() throws -> ProcessCounters {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let io = try fields("/proc/self/io")
        return ProcessCounters(
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            bytesGivenToWrites: io["wchar", default: 0],
            bytesSentToDisk: io["write_bytes", default: 0],
            bytesTakenFromReads: io["rchar", default: 0],
            bytesFetchedFromDisk: io["read_bytes", default: 0])
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) * 1e-6
    }

    /// Lines of `name: number`; what follows the number is left aside.
    private static func fields(_ path: String) throws -> [String: UInt64] {
        var fields: [String: UInt64] = [:]
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
            let parts = line.split(whereSeparator: { ":\t ".contains($0) })
            if parts.count >= 2, let number = UInt64(parts[1]) { fields[String(parts[0])] = number }
        }
        return fields
    }

    /// The most memory this process has held since ``resetPeakMemory()``, in bytes.
    static func peakMemoryBytes() throws -> UInt64 {
        try fields("/proc/self/status")["VmHWM", default: 0] << 10
    }

    /// Memory held now, in bytes.
    static func memoryBytes() throws -> UInt64 {
        try fields("/proc/self/status")["VmRSS", default: 0] << 10
    }

    static func resetPeakMemory() throws {
        try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
    }
}

/// Bytes that a folder's files take on the disk.
func diskUsageBytes(folder: String) -> UInt64 {
    guard let files = FileManager.default.enumerator(atPath: folder) else { return 0 }
    var blocks: UInt64 = 0
    for case let file as String in files {
        var status = stat()
        if lstat(folder + "/" + file, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
            blocks += UInt64(status.st_blocks)
        }
    }
    return blocks * 512
}
