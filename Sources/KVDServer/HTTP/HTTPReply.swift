// Unsafe pointers live in this file. The invariant that makes them safe: `ByteBuffer` lends room for
// at least `maximumHeadBytes` plus the body's length, and the longest head, all parts at their
// longest, is below 400 bytes.

import DynamoWire
import NIOCore

/// Lays out answers: head and body in one buffer, so that one write takes both.
struct HTTPReply {
    enum ContentType {
        case json, text

        var line: StaticString {
            switch self {
            case .json: "Content-Type: application/x-amz-json-1.0\r\n"
            case .text: "Content-Type: text/plain\r\n"
            }
        }
    }

    private static let maximumHeadBytes = 512

    var status = 200
    var contentType = ContentType.json
    var closes = false
    /// Whether the method forbids a body, as HEAD does.
    var omitsBody = false

    /// Writes the whole answer to a new buffer.
    func buffer(body: UnsafeRawBufferPointer, _ loop: LoopContext) -> ByteBuffer {
        var buffer = loop.allocator.buffer(capacity: Self.maximumHeadBytes + body.count)
        buffer.writeWithUnsafeMutableBytes(
            minimumWritableBytes: Self.maximumHeadBytes + body.count
        ) { output in
            var writer = ByteWriter(output)
            writer.put("HTTP/1.1 ")
            writer.put(Self.statusLine(status))
            writer.put("Server: kvd\r\nDate: ")
            loop.date.withUnsafeBytes { writer.put($0) }
            writer.put("\r\n")
            writer.put(contentType.line)
            writer.put("Content-Length: ")
            writer.put(omitsBody ? 0 : body.count)
            writer.put(closes ? "\r\nConnection: close" : "\r\nConnection: keep-alive")
            writer.put("\r\nx-amzn-RequestId: ")
            writer.put(count: RequestIDGenerator.length) { loop.nextRequestID($0) }
            writer.put("\r\nx-amz-crc32: ")
            writer.put(
                Int(CRC32.checksum(omitsBody ? UnsafeRawBufferPointer(rebasing: body[..<0]) : body))
            )
            writer.put("\r\n\r\n")
            if !omitsBody { writer.put(body) }
            return writer.count
        }
        return buffer
    }

    private static func statusLine(_ status: Int) -> StaticString {
        switch status {
        case 200: "200 OK\r\n"
        case 400: "400 Bad Request\r\n"
        case 404: "404 Not Found\r\n"
        case 408: "408 Request Timeout\r\n"
        case 413: "413 Content Too Large\r\n"
        case 431: "431 Request Header Fields Too Large\r\n"
        case 503: "503 Service Unavailable\r\n"
        default: "500 Internal Server Error\r\n"
        }
    }
}

/// Writes bytes into lent room, from its start.
private struct ByteWriter {
    private let start: UnsafeMutablePointer<UInt8>
    private(set) var count = 0

    init(_ room: UnsafeMutableRawBufferPointer) {
        guard let base = room.baseAddress else { preconditionFailure("the room is not empty") }
        start = base.assumingMemoryBound(to: UInt8.self)
    }

    mutating func put(_ text: StaticString) {
        (start + count).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        count += text.utf8CodeUnitCount
    }

    mutating func put(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        UnsafeMutableRawPointer(start + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    mutating func put(count length: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Void) {
        write(start + count)
        count += length
    }

    mutating func put(_ number: Int) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            start[count] = UInt8(ascii: "0") + UInt8(number / divisor % 10)
            count += 1
            divisor /= 10
        }
    }
}
