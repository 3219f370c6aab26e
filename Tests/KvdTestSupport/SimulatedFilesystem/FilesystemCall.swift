/// One call that the engine made of a simulated disk.
public struct FilesystemCall: Sendable, Hashable, CustomStringConvertible {
    /// The functions of `Filesystem` and `FileHandle`.
    public enum Kind: String, Sendable, CaseIterable {
        case createFolder, list, open, create, rename, link, remove, syncFolder, lock
        case read, write, sync, size

        /// Whether the call asks for a change, or for one to become durable.
        public var isMutation: Bool {
            switch self {
            case .createFolder, .create, .rename, .link, .remove, .syncFolder, .lock, .write, .sync:
                true
            case .list, .open, .read, .size: false
            }
        }
    }

    /// The position among all calls, from 1.
    public let number: Int
    public let kind: Kind
    /// The file or folder; for a rename or link the old name.
    public let path: String
    /// Where a read or write starts, else 0.
    public let offset: Int
    /// The length of a read or write, else 0.
    public let byteCount: Int

    public var description: String {
        switch kind {
        case .read, .write: "#\(number) \(kind) \(path) [\(offset), +\(byteCount)]"
        default: "#\(number) \(kind) \(path)"
        }
    }
}

/// What a simulated disk does with one call.
public enum FilesystemVerdict: Sendable, Hashable {
    /// The call is carried out.
    case run
    /// The call fails with this `errno`, a write after a part of its bytes; later calls work.
    case fail(code: Int32)
    /// The machine stops inside the call, which may have taken effect in part; this call and all
    /// later ones fail.
    case crash
}

/// Decides about one call before it is carried out; it may block to hold the call back.
public typealias FilesystemHook = @Sendable (FilesystemCall) -> FilesystemVerdict
