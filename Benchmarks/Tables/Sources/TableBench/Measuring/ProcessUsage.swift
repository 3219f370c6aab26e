import Foundation

/// What the kernel has counted for this process, all of its threads together, so far or between two
/// moments.
struct ProcessUsage {
    /// User and system time.
    var cpuSeconds: Double
    /// Bytes given to write calls.
    var bytesGivenToWrites: Int
    /// Bytes of pages made dirty that are to reach the disk, mapped memory included.
    var bytesSentToDisk: Int
    /// Bytes taken from read calls, from the page cache too.
    var bytesTakenFromReads: Int

    /// The larger of the two counters.
    var writtenBytes: Int { max(bytesGivenToWrites, bytesSentToDisk) }

    static func now() throws -> ProcessUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let io = try fields("/proc/self/io")
        return ProcessUsage(
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            bytesGivenToWrites: io["wchar", default: 0],
            bytesSentToDisk: io["write_bytes", default: 0],
            bytesTakenFromReads: io["rchar", default: 0])
    }

    func since(_ earlier: ProcessUsage) -> ProcessUsage {
        ProcessUsage(
            cpuSeconds: cpuSeconds - earlier.cpuSeconds,
            bytesGivenToWrites: bytesGivenToWrites - earlier.bytesGivenToWrites,
            bytesSentToDisk: bytesSentToDisk - earlier.bytesSentToDisk,
            bytesTakenFromReads: bytesTakenFromReads - earlier.bytesTakenFromReads)
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
    static func peakMemoryBytes() throws -> Int {
        try fields("/proc/self/status")["VmHWM", default: 0] << 10
    }

    /// Memory held now, in bytes.
    static func memoryBytes() throws -> Int {
        try fields("/proc/self/status")["VmRSS", default: 0] << 10
    }

    static func resetPeakMemory() throws {
        try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
    }
}

/// Bytes that a folder's files take on the disk.
func diskUsageBytes(folder: String) -> Int {
    guard let files = FileManager.default.enumerator(atPath: folder) else { return 0 }
    var blocks = 0
    while let file = files.nextObject() as? String {
        var status = stat()
        if lstat(folder + "/" + file, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
            blocks += Int(status.st_blocks)
        }
    }
    return blocks * 512
}
