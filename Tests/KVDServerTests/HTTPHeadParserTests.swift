import DynamoWire
import KvdTestSupport
import Testing

@testable import KVDServer

struct HTTPHeadParserTests {
    private func parse(_ text: String) throws(HTTPFault) -> HTTPRequestHead {
        try Array(text.utf8).withUnsafeBufferPointer { (bytes) throws(HTTPFault) in
            try HTTPHeadParser.parse(UnsafeRawBufferPointer(bytes))
        }
    }

    private func length(_ text: String, scanned: Int = 0) -> Int? {
        Array(text.utf8).withUnsafeBytes { HTTPHeadParser.length(of: $0, scanned: scanned) }
    }

    @Test func aRequestOfAnSDK() throws {
        let text =
            "POST / HTTP/1.1\r\nHost: localhost:8000\r\nx-amz-target:DynamoDB_20120810.PutItem \r\n"
            + "AUTHORIZATION: AWS4\r\nContent-Length: 17\r\nConnection: Keep-Alive\r\n\r\n"
        let head = try parse(text)
        #expect(head.method == .post)
        #expect(head.isRootPath)
        #expect(head.contentLength == 17)
        #expect(head.hasAuthorization)
        #expect(head.keepsAlive)
        let bytes = Array(text.utf8)
        #expect(head.operation == .putItem)
        #expect(head.host.map { String(decoding: bytes[$0], as: UTF8.self) } == "localhost:8000")
    }

    @Test(arguments: [
        ("1.1", "", true), ("1.1", "Connection: close\r\n", false),
        ("1.1", "Connection: foo, Close\r\n", false),
        ("1.0", "", false), ("1.0", "Connection: keep-alive\r\n", true),
    ])
    func keepAlive(_ version: String, _ header: String, _ keeps: Bool) throws {
        #expect(try parse("GET / HTTP/\(version)\r\nHost: x\r\n\(header)\r\n").keepsAlive == keeps)
    }

    @Test(arguments: [
        "\r\n", "POST\r\n\r\n", "POST /\r\n\r\n", "POST / HTTP\r\n\r\n", "POST  / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1 \r\n\r\n", "PO(ST / HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "POST / HTTP/1.1\r\nHost : x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", "POST / HTTP/1.1\r\nHost: x\u{0}\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1 2\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "PRI * HTTP/2.0\r\n\r\n",
    ])
    func malformedHeadsAreRefused(_ text: String) {
        #expect(throws: HTTPFault.self) { try parse(text) }
    }

    @Test func theEndIsFoundWhereverItStands() {
        for count in 0..<20 {
            let text = String(repeating: "x", count: count) + "\r\n\r\n"
            #expect(length(text + "rest\r\n\r\n") == count + 4)
            for scanned in 0...text.utf8.count - 1 {
                #expect(length(text, scanned: scanned) == count + 4)
            }
            #expect(length(String(text.dropLast())) == nil)
        }
        #expect(length("a\r\n\r\r\n\n\r\n\r\n") == 11)
    }

    @Test func randomHeadsAreSurvived() {
        var random = SeededRandom.fromEnvironment("randomHeadsAreSurvived")
        let tokens = [
            "POST ", "GET ", "/ ", "HTTP/1.1", "\r\n", "\r\n", "\r", "\n", "Host: x",
            "Content-Length: 5", ":", " ",
            "Transfer-Encoding: chunked", "X-Amz-Target: y", "\u{0}", "é", "Connection: close,",
            "?X-Amz-Signature=",
        ]
        for _ in 0..<20_000 {
            var text = random.chance(1, in: 2) ? "POST / HTTP/1.1\r\n" : ""
            for _ in 0..<random.int(in: 0..<12) {
                text += tokens.randomElement(using: &random) ?? ""
            }
            text += "\r\n\r\n"
            guard let length = length(text) else { continue }
            let head = Array(Array(text.utf8)[..<length])
            _ = head.withUnsafeBytes { bytes in try? HTTPHeadParser.parse(bytes) }
        }
    }
}
