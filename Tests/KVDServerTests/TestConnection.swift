import DynamoWire
import Glibc
import NIOCore

@testable import KVDServer

/// A blocking client on a raw socket: it sends bytes as they are and reads HTTP answers, without any
/// of the server's own code.
final class TestConnection {
    struct Answer: Equatable {
        var status: Int
        var headers: [String: String]
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private let descriptor: Int32
    private var received: [UInt8] = []

    init(to server: HTTPServer) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(server.address.port ?? 0).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure.cannotConnect(errno) }
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var one: Int32 = 1
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    enum Failure: Error {
        case cannotConnect(Int32)
        case endedEarly
        case timedOut
    }

    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            // A server that has refused the request may have closed: the answer is still to be read.
            guard sent > 0 else { return }
            rest = rest.dropFirst(sent)
        }
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// The next answer.
    func answer() throws -> Answer {
        var end: Int?
        while end == nil {
            end = Self.endOfHead(received)
            if end == nil { guard try receive() else { throw Failure.endedEarly } }
        }
        let head = String(decoding: received[..<(end ?? 0)], as: UTF8.self)
        received.removeFirst(end ?? 0)
        var lines = head.split(separator: "\r\n")
        let status = Int(lines.removeFirst().split(separator: " ")[1]) ?? 0
        var headers: [String: String] = [:]
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        let count = Int(headers["content-length"] ?? "0") ?? 0
        while received.count < count {
            guard try receive() else { throw Failure.endedEarly }
        }
        let body = Array(received[..<count])
        received.removeFirst(count)
        return Answer(status: status, headers: headers, body: body)
    }

    /// Whether the server closes the connection without a further answer.
    func isClosed() -> Bool {
        do {
            while try receive() {}
            return received.isEmpty
        } catch {
            return false
        }
    }

    /// As ``isClosed()``, and keeps no thread of the cooperative pool while it waits, for what has to
    /// run there first.
    func isClosedAtLast() async -> Bool {
        for _ in 0..<60_000 {
            var byte: UInt8 = 0
            let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
            if count == 0 || count < 0 && errno == ECONNRESET { return received.isEmpty }
            if count > 0 { return false }
            try? await Task.sleep(for: .milliseconds(1))
        }
        return false
    }

    /// Whether nothing has arrived. Never waits.
    func isSilent() -> Bool {
        var byte: UInt8 = 0
        return received.isEmpty
            && recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) < 0
    }

    private func receive() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count > 0 {
            received += buffer[..<count]
            return true
        }
        if count == 0 || errno == ECONNRESET { return false }
        throw Failure.timedOut
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 0...(bytes.count - 4)
        where bytes[index] == 13 && Array(bytes[index..<index + 4]) == [13, 10, 13, 10] {
            return index + 4
        }
        return nil
    }
}

/// A whole request as text.
func request(
    _ operation: String = "ListTables", _ body: String = "{}", method: String = "POST",
    path: String = "/", headers: [String: String?] = [:]
) -> String {
    var all: [String: String] = [
        "Host": "localhost:8000", "X-Amz-Target": "DynamoDB_20120810.\(operation)",
        "Authorization": "AWS4-HMAC-SHA256 Credential=any",
        "Content-Type": "application/x-amz-json-1.0",
        "Content-Length": "\(body.utf8.count)",
    ]
    for (name, value) in headers { all[name] = value }
    let lines = all.map { "\($0.key): \($0.value)\r\n" }.joined()
    return "\(method) \(path) HTTP/1.1\r\n\(lines)\r\n\(body)"
}
