internal import Foundation

/// How a peer's library was built, found out by looking at its bytes: an engine with assertions is
/// slower than its users know it.
struct PeerBuild: Codable, Sendable {
    var engine: EngineKind
    /// Where it is; nil for one that is not found.
    var library: String?
    /// Whether the library can fail an assertion, which a release build cannot; nil where it is not
    /// known.
    var hasAssertions: Bool?

    /// What only a library that can fail one has: the C library's function, and LMDB's own message.
    private static let assertionMarks = ["__assert_fail", "Assertion '%.200s' failed"]

    /// nil for kvd, which is measured as it is released.
    static func inspect(_ engine: EngineKind) -> PeerBuild? {
        if engine == .kvd { return nil }
        guard let library = libraryPath("lib\(engine.rawValue)"),
            let bytes = try? Data(contentsOf: URL(fileURLWithPath: library), options: .alwaysMapped)
        else { return PeerBuild(engine: engine) }
        return PeerBuild(
            engine: engine, library: library,
            hasAssertions: assertionMarks.contains { bytes.range(of: Data($0.utf8)) != nil })
    }

    /// The shared library that this process has mapped, else the archive it was linked with.
    private static func libraryPath(_ stem: String) -> String? {
        // The kernel gives it a page at a time, and no size: one read would end early.
        let file = FileHandle(forReadingAtPath: "/proc/self/maps")
        let maps = String(decoding: (try? file?.readToEnd()) ?? Data(), as: UTF8.self)
        for line in maps.split(separator: "\n") {
            if let path = line.split(separator: " ").last, path.contains("/\(stem)") {
                return String(path)
            }
        }
        let archive = "\(PeerFolder.path)/lib/\(stem).a"
        return FileManager.default.fileExists(atPath: archive) ? archive : nil
    }

    var warning: String? {
        guard let library, let hasAssertions else {
            return "\(engine.displayName)'s library was not found: whether it is built with "
                + "assertions is not known"
        }
        return hasAssertions
            ? "\(engine.displayName) (\(library)) is built with assertions: the comparison flatters kvd"
            : nil
    }
}

/// Where Tools/bench has put the peers that it built.
enum PeerFolder {
    static var path: String { ProcessInfo.processInfo.environment["KVD_PEERS"] ?? ".build_peers" }

    /// The version in a peer's pkg-config file, for a library that cannot say it itself.
    static func version(of peer: String) -> String? {
        let file = "\(path)/lib/pkgconfig/kvd-peer-\(peer).pc"
        let text = try? String(contentsOfFile: file, encoding: .utf8)
        return text?.split(separator: "\n").first { $0.hasPrefix("Version: ") }
            .map { String($0.dropFirst("Version: ".count)) }
    }
}
