import DynamoWire
import Glibc
import Logging
import NIOCore
import Testing

@testable import KVDServer

/// Lets one millisecond pass on this thread.
func waitBriefly() { usleep(1000) }

let silentLogger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

/// Runs `body` against a server of its own on a port of its own, and stops it.
func withServer(
    _ executor: any RequestExecutor = ScriptedExecutor(),
    _ adjust: (inout ServerOptions) -> Void = { _ in },
    _ body: (HTTPServer) async throws -> Void
) async throws {
    var options = ServerOptions()
    options.port = 0
    options.threads = 2
    options.stopTimeout = .seconds(2)
    adjust(&options)
    let server = try await HTTPServer.start(
        executor: executor, options: options, logger: silentLogger)
    do {
        try await body(server)
    } catch {
        await server.stop()
        throw error
    }
    await server.stop()
}

extension TestConnection.Answer {
    /// Whether the answer has what every answer must have, and its checksum is its body's.
    var isIntact: Bool {
        let identifier = headers["x-amzn-requestid"] ?? ""
        return identifier.utf8.count == 52
            && identifier.utf8.allSatisfy { (65...90).contains($0) || (48...57).contains($0) }
            && headers["x-amz-crc32"] == "\(body.withUnsafeBytes { CRC32.checksum($0) })"
            && headers["server"] != nil && headers["date"]?.hasSuffix(" GMT") == true
    }
}
