internal import Foundation

/// What a result was measured on, and when.
struct Machine: Codable, Sendable {
    /// When the run began: ISO 8601, UTC.
    var date: String
    var processor: String
    var coreCount: Int
    var memoryBytes: UInt64
    var kernel: String
    /// Of the folder that the engines worked in.
    var filesystem: String

    static func current(folder: String) -> Machine {
        let cpu = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let model = cpu.split(separator: "\n").first { $0.hasPrefix("model name") }
        let kernel = (try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8))
        return Machine(
            date: Date.now.ISO8601Format(),
            processor: model?.split(separator: ":").last?
                .trimmingCharacters(in: .whitespaces) ?? "unknown",
            coreCount: ProcessInfo.processInfo.activeProcessorCount,
            memoryBytes: ProcessInfo.processInfo.physicalMemory,
            kernel: "Linux " + (kernel?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""),
            filesystem: filesystem(of: folder))
    }

    /// The type of the mount with the longest path that the folder lies in.
    private static func filesystem(of folder: String) -> String {
        let path = URL(fileURLWithPath: folder).standardizedFileURL.path + "/"
        let mounts = (try? String(contentsOfFile: "/proc/mounts", encoding: .utf8)) ?? ""
        let fields = mounts.split(separator: "\n").map { $0.split(separator: " ") }
        let holding = fields.filter { mount in
            mount.count > 2 && (mount[1] == "/" || path.hasPrefix(mount[1] + "/"))
        }
        return holding.max { $0[1].count < $1[1].count }.map { String($0[2]) } ?? "unknown"
    }
}
