internal import Foundation

/// The subfolder that a run works in. A file in it says that a benchmark made it: what has no such
/// file is somebody else's, and is never removed.
struct BenchFolder {
    static let name = "kvd-bench"
    static let markerName = ".kvd-bench"
    let path: String

    private var marker: String { "\(path)/\(Self.markerName)" }

    /// Makes the subfolder in the folder that the user named, and removes what an earlier run left
    /// in it.
    ///
    /// - Throws: ``PeerError`` where there is one with files that no benchmark made.
    init(in folder: String) throws {
        path = "\(folder)/\(Self.name)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
        guard names.isEmpty || names.contains(Self.markerName) else {
            throw PeerError(
                "\(path) holds files that no benchmark made (it has no \(Self.markerName)): "
                    + "move them away, or name another --folder")
        }
        try Data("A benchmark of kvd made this folder and removes it.\n".utf8)
            .write(to: URL(fileURLWithPath: marker))
        try removeContents()
    }

    /// Removes it with all that is in it, if that has not been done.
    func remove() throws {
        guard FileManager.default.fileExists(atPath: marker) else { return }
        try removeContents()
        try FileManager.default.removeItem(atPath: path)
    }

    /// All but the marker: without it, a removal that is interrupted could not be done again.
    private func removeContents() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: path)
        where name != Self.markerName {
            try FileManager.default.removeItem(atPath: "\(path)/\(name)")
        }
    }
}
