internal import Foundation
internal import Glibc

/// The subfolder that a run works in. A file in it says that a benchmark made it: what has no such
/// file is somebody else's, and is never removed.
///
/// One run at a time works in it: it holds a lock on that file.
final class BenchFolder {
    static let name = "kvd-bench"
    static let markerName = ".kvd-bench"
    let path: String
    /// Holds the lock; nil where the run that started this one does.
    private var lock: Int32?

    private var marker: String { "\(path)/\(Self.markerName)" }

    /// Makes the subfolder in the folder that the user named, and removes what an earlier run left
    /// in it.
    ///
    /// - Parameter isShared: Whether the process that started this one has it already.
    /// - Throws: ``PeerError`` where there is one with files that no benchmark made, or in which another
    ///   run works.
    init(in folder: String, isShared: Bool) throws {
        path = "\(folder)/\(Self.name)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
        guard names.isEmpty || names.contains(Self.markerName) else {
            throw PeerError(
                "\(path) holds files that no benchmark made (it has no \(Self.markerName)): "
                    + "move them away, or name another --folder")
        }
        // A file that is there may be locked, so none takes its place.
        if !names.contains(Self.markerName) {
            try Data("A benchmark of kvd made this folder and removes it.\n".utf8)
                .write(to: URL(fileURLWithPath: marker))
        }
        if !isShared { lock = try takeLock() }
        try removeContents()
    }

    deinit { if let lock { close(lock) } }

    private func takeLock() throws -> Int32 {
        let descriptor = open(marker, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw PeerError("\(marker): \(String(cString: strerror(errno)))")
        }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
        let reason = String(cString: strerror(errno))
        close(descriptor)
        throw PeerError(
            "another benchmark works in \(path) (\(reason)): wait for it, or name another --folder")
    }

    /// Removes it with all that is in it, if that has not been done; where the process that started this
    /// one has it, only what is in it.
    func remove() throws {
        guard FileManager.default.fileExists(atPath: marker) else { return }
        try removeContents()
        if lock != nil { try FileManager.default.removeItem(atPath: path) }
    }

    /// All but the marker: without it, a removal that is interrupted could not be done again.
    private func removeContents() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: path)
        where name != Self.markerName {
            try FileManager.default.removeItem(atPath: "\(path)/\(name)")
        }
    }
}
