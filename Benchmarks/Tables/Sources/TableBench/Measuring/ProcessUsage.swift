import Foundation

/// What this process has used so far, or between two moments.
struct ProcessUsage {
    /// User and system time of all threads.
    var cpuSeconds: Double
    /// Bytes that went to the disk, as the kernel counts them for this process.
    var writtenBytes: Int

    static func now() -> ProcessUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return ProcessUsage(
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            writtenBytes: field("write_bytes:", of: "/proc/self/io"))
    }

    func since(_ earlier: ProcessUsage) -> ProcessUsage {
        ProcessUsage(
            cpuSeconds: cpuSeconds - earlier.cpuSeconds,
            writtenBytes: writtenBytes - earlier.writtenBytes)
    }

    /// The most memory that the process ever had resident.
    static func peakMemoryBytes() -> Int { field("VmHWM:", of: "/proc/self/status") << 10 }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }

    /// The number behind a name in a file of /proc; 0 where the system does not say.
    private static func field(_ name: String, of file: String) -> Int {
        // A file of /proc has no size, so it is read line by line.
        guard let stream = fopen(file, "r") else { return 0 }
        defer { fclose(stream) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, stream) > 0, let line {
            let words = String(cString: line).split(whereSeparator: \.isWhitespace)
            if words.first == name[...], words.count > 1 { return Int(words[1]) ?? 0 }
        }
        return 0
    }
}
