/// Why an engine call failed.
public enum EngineError: Error, Sendable, Equatable {
    /// The call needs a disk read or must wait for background work, and was told not to.
    case wouldBlock
    /// A file operation failed; nothing was changed by the call.
    case io(FilesystemError)
    /// A file holds bytes that were never written so: the disk, or someone, changed them.
    case corruption(file: String, offset: Int, reason: String)
    /// Another engine, in this process or another, has the folder open.
    case locked(folder: String)
    /// A write or sync failed earlier, so the engine serves reads only until it is opened again.
    case readOnly(reason: String)
    /// The engine was closed.
    case closed
    /// The caller's argument breaks a documented limit.
    case invalidArgument(String)
    /// The folder was written by a version of kvd that this one does not know.
    case unsupportedFormat(String)
}

extension EngineError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .wouldBlock: "the call would block"
        case .io(let error): error.description
        case .corruption(let file, let offset, let reason):
            "\(file) is corrupt at byte \(offset): \(reason)"
        case .locked(let folder):
            "\(folder) is in use by another process; stop it, or choose another folder"
        case .readOnly(let reason):
            "the database is read-only until it is opened again: \(reason)"
        case .closed: "the database is closed"
        case .invalidArgument(let reason): reason
        case .unsupportedFormat(let reason): reason
        }
    }
}

/// Runs a filesystem call inside a function that throws ``EngineError``.
@inline(__always)
func onDisk<Result>(_ body: () throws(FilesystemError) -> Result) throws(EngineError) -> Result {
    do { return try body() } catch { throw .io(error) }
}
