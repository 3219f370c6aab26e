internal import CBenchShims
internal import Foundation

/// The disk or partition that a folder is on, and what the kernel counts for it.
///
/// A process's own counters say which pages it made dirty. The disk gets more: the filesystem's
/// journal, and its metadata; and less: what was deleted before it was written back. The disk's
/// counter is for all that write to it, so other programs must be quiet.
struct BlockDevice {
    private let folder: String
    private let statisticsPath: String

    /// Nil where the folder is on no block device of its own (tmpfs, btrfs, a container's overlay).
    init?(holding folder: String) {
        var (major, minor): (UInt32, UInt32) = (0, 0)
        guard bench_device_of(folder, &major, &minor) == 0 else { return nil }
        statisticsPath = "/sys/dev/block/\(major):\(minor)/stat"
        self.folder = folder
        guard bytesWritten() != nil else { return nil }
    }

    /// Writes back everything that is dirty, so that what follows is counted by itself.
    ///
    /// - Returns: Bytes written since the machine started; nil where that is not known.
    func bytesWrittenAfterSync() -> Int? {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return bench_syncfs(descriptor) == 0 ? bytesWritten() : nil
    }

    private func bytesWritten() -> Int? {
        guard let text = try? String(contentsOfFile: statisticsPath, encoding: .utf8) else {
            return nil
        }
        // The seventh field counts sectors of 512 bytes (Documentation/block/stat.rst).
        let fields = text.split(separator: " ")
        return fields.count > 6 ? Int(fields[6]).map { $0 * 512 } : nil
    }
}
