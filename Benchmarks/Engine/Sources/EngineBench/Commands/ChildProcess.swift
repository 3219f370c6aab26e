internal import Foundation

/// This program again, as a child that measures one engine.
struct ChildProcess {
    let arguments: [String]

    private static let tunables = "glibc.malloc.hugetlb=1"

    /// Runs the child to its end and hands on what it reports, as it comes.
    ///
    /// - Throws: ``PeerError`` where the child fails; what it complained about is on standard error.
    func run(_ receive: (ChildEvent) -> Void) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let ownIdentifier = ProcessInfo.processInfo.processIdentifier
        process.arguments = arguments + ["--parent", "\(ownIdentifier)"]
        // kvd asks for huge pages for its memtables and its block cache; so no engine goes without,
        // glibc asks for all.
        var environment = ProcessInfo.processInfo.environment
        environment["GLIBC_TUNABLES"] = environment["GLIBC_TUNABLES"] ?? Self.tunables
        process.environment = environment
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let decoder = JSONDecoder()
        var pending = Data()
        while true {
            let chunk = pipe.fileHandleForReading.availableData
            if chunk.isEmpty { break }
            pending.append(chunk)
            while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                receive(try decoder.decode(ChildEvent.self, from: pending[..<end]))
                pending = Data(pending[(end + 1)...])
            }
        }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw PeerError(
                "the child ended with status \(process.terminationStatus): "
                    + arguments.joined(separator: " "))
        }
    }
}
