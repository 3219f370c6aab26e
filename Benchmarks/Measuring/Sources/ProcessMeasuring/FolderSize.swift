internal import Foundation

/// Bytes that a folder's files take on the disk.
public func diskUsageBytes(folder: String) -> Int {
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
