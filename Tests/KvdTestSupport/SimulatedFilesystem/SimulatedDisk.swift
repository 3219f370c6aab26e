import Glibc
import StorageEngine

/// The contents of a simulated disk: a tree of folders and files, without faults or locks.
///
/// Errors are `errno` values; the filesystem above adds the call and the path.
struct SimulatedDisk: Sendable {
    struct Failure: Error {
        let code: Int32
    }

    private var files: [Int: SimulatedFile] = [:]
    private var folders: [Int: SimulatedFolder] = [0: SimulatedFolder()]
    private var nextIdentifier = 1
    private static let root = 0

    // MARK: Names

    /// Creates the folder and any missing parent; the new names are durable where `isDurable`.
    mutating func createFolder(_ path: String, isDurable: Bool) throws(Failure) {
        var folder = Self.root
        for name in Self.components(path) {
            switch folders[folder]?.cached[name] {
            case .folder(let next): folder = next
            case .file: throw Failure(code: ENOTDIR)
            case nil:
                let next = takeIdentifier()
                folders[next] = SimulatedFolder()
                folders[folder]?.apply(.added(name, .folder(next)))
                if isDurable { folders[folder]?.sync() }
                folder = next
            }
        }
    }

    func list(_ path: String) throws(Failure) -> [String] {
        guard let entries = folders[try folder(path)]?.cached else { throw Failure(code: ENOENT) }
        return entries.keys.sorted()
    }

    mutating func createFile(_ path: String) throws(Failure) -> Int {
        let (parent, name) = try parent(of: path)
        guard folders[parent]?.cached[name] == nil else { throw Failure(code: EEXIST) }
        let file = takeIdentifier()
        files[file] = SimulatedFile()
        folders[parent]?.apply(.added(name, .file(file)))
        return file
    }

    func file(_ path: String) throws(Failure) -> Int {
        let (parent, name) = try parent(of: path)
        switch folders[parent]?.cached[name] {
        case .file(let file): return file
        case .folder: throw Failure(code: EISDIR)
        case nil: throw Failure(code: ENOENT)
        }
    }

    mutating func rename(_ path: String, to newPath: String) throws(Failure) {
        let (parent, name) = try parent(of: path)
        let (newParent, newName) = try self.parent(of: newPath)
        // One folder's changes survive a crash without another's, so a rename between two could
        // not be kept atomic here; the engine has no need of one.
        guard parent == newParent else { throw Failure(code: EXDEV) }
        guard let node = folders[parent]?.cached[name] else { throw Failure(code: ENOENT) }
        if case .folder = folders[parent]?.cached[newName] { throw Failure(code: EISDIR) }
        guard name != newName else { return }
        folders[parent]?.apply(.renamed(name, to: newName, node))
    }

    mutating func link(_ path: String, to newPath: String) throws(Failure) {
        let file = try file(path)
        let (newParent, newName) = try parent(of: newPath)
        guard let folder = folders[newParent] else { throw Failure(code: ENOENT) }
        guard folder.cached[newName] == nil else { throw Failure(code: EEXIST) }
        folders[newParent]?.apply(.added(newName, .file(file)))
    }

    mutating func remove(_ path: String) throws(Failure) {
        let (parent, name) = try parent(of: path)
        switch folders[parent]?.cached[name] {
        case .file: folders[parent]?.apply(.removed(name))
        case .folder: throw Failure(code: EISDIR)
        case nil: throw Failure(code: ENOENT)
        }
    }

    mutating func syncFolder(_ path: String) throws(Failure) {
        folders[try folder(path)]?.sync()
    }

    mutating func failSyncFolder(_ path: String, _ random: inout SeededRandom) throws(Failure) {
        folders[try folder(path)]?.loseUnsynced(&random)
    }

    // MARK: Bytes

    func contents(_ file: Int) -> [UInt8] { files[file]?.cached ?? [] }

    func durableContents(_ file: Int) -> [UInt8] { files[file]?.durable ?? [] }

    func size(_ file: Int) -> Int { files[file]?.cached.count ?? 0 }

    func read(_ file: Int, into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        guard let bytes = files[file]?.cached, offset < bytes.count else { return 0 }
        let count = min(buffer.count, bytes.count - offset)
        bytes.withUnsafeBytes { source in
            buffer.copyBytes(from: source[offset..<offset + count])
        }
        return count
    }

    mutating func write(_ file: Int, _ bytes: [UInt8], at offset: Int) {
        files[file]?.write(bytes, at: offset)
    }

    mutating func sync(_ file: Int) { files[file]?.sync() }

    mutating func failSync(_ file: Int, _ random: inout SeededRandom) {
        files[file]?.loseUnsynced(&random)
    }

    mutating func flip(_ file: Int, at offset: Int, mask: UInt8) {
        files[file]?.flip(at: offset, mask: mask)
    }

    mutating func replace(_ file: Int, with contents: [UInt8]) {
        files[file] = SimulatedFile(contents: contents)
    }

    // MARK: Crash

    /// The disk as a machine finds it when it starts again after a crash now.
    func survivor(_ policy: CrashPolicy, _ random: inout SeededRandom) -> SimulatedDisk {
        var disk = SimulatedDisk()
        disk.nextIdentifier = nextIdentifier
        var waiting = [Self.root]
        while let identifier = waiting.popLast() {
            guard let folder = folders[identifier] else { continue }
            let entries = folder.survivor(policy.names, &random)
            disk.folders[identifier] = SimulatedFolder(entries: entries)
            // Sorted, because the order of a dictionary differs between runs and the draws must not.
            for (_, node) in entries.sorted(by: { $0.key < $1.key }) {
                switch node {
                case .folder(let next): waiting.append(next)
                case .file(let file):
                    guard let image = files[file], disk.files[file] == nil else { continue }
                    disk.files[file] = SimulatedFile(
                        contents: image.survivor(policy.data, &random))
                }
            }
        }
        return disk
    }

    // MARK: Paths

    private mutating func takeIdentifier() -> Int {
        defer { nextIdentifier += 1 }
        return nextIdentifier
    }

    private static func components(_ path: String) -> [String] {
        path.split(separator: "/").filter { $0 != "." }.map(String.init)
    }

    private func folder(_ path: String) throws(Failure) -> Int {
        try folder(Self.components(path)[...])
    }

    private func folder(_ names: ArraySlice<String>) throws(Failure) -> Int {
        var folder = Self.root
        for name in names {
            switch folders[folder]?.cached[name] {
            case .folder(let next): folder = next
            case .file: throw Failure(code: ENOTDIR)
            case nil: throw Failure(code: ENOENT)
            }
        }
        return folder
    }

    private func parent(of path: String) throws(Failure) -> (folder: Int, name: String) {
        let names = Self.components(path)
        guard let name = names.last else { throw Failure(code: EISDIR) }
        return (try folder(names.dropLast()), name)
    }
}
