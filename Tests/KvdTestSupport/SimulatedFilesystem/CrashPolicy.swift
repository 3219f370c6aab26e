/// Which of the things that were never synced a crash leaves behind.
///
/// A disk promises nothing about them, so every choice here is legal and an engine has to live
/// with each. A crash test tries several from the same crash.
public struct CrashPolicy: Sendable, Hashable, CustomStringConvertible {
    /// What survives of the bytes written since a file's last sync.
    public enum Data: String, Sendable, CaseIterable {
        /// Nothing: the file is as its last sync left it.
        case lost
        /// Everything: the cache happened to be written back just before.
        case kept
        /// The writes up to some moment, the last of them torn at any byte.
        case prefix
        /// Each 512-byte sector is as it was at some moment of its own since the last sync, and
        /// so is the file's length; a sector inside the length that was not written is zero.
        case sectors
    }

    /// What survives of the names created, renamed and removed since a folder's last sync.
    public enum Names: String, Sendable, CaseIterable {
        /// Nothing: the folder is as its last sync left it.
        case lost
        /// Everything.
        case kept
        /// The changes up to some moment, in order, as a journalling file system such as ext4
        /// leaves them.
        case prefix
        /// Each change on its own, as POSIX alone allows; a rename still happens whole or not.
        case any
    }

    public let data: Data
    public let names: Names

    public init(data: Data, names: Names) {
        self.data = data
        self.names = names
    }

    /// Everything not synced is gone.
    public static let losesAll = CrashPolicy(data: .lost, names: .lost)
    /// Everything written is there, as when a process dies and the machine lives.
    public static let keepsAll = CrashPolicy(data: .kept, names: .kept)
    /// What a journalling file system leaves: ordered names, unordered data.
    public static let journalled = CrashPolicy(data: .sectors, names: .prefix)
    /// The most that POSIX allows to go wrong.
    public static let adversarial = CrashPolicy(data: .sectors, names: .any)

    /// Every combination.
    public static var all: [CrashPolicy] {
        Data.allCases.flatMap { data in
            Names.allCases.map { names in CrashPolicy(data: data, names: names) }
        }
    }

    public var description: String { "data \(data.rawValue), names \(names.rawValue)" }
}
