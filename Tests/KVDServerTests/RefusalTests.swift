import KvdTestSupport
import NIOCore
import Testing

@testable import KVDServer

/// What the server refuses, and that it stays up whatever comes.
@Suite(.serialized) struct RefusalTests {
    private func exchange(
        _ text: String, _ adjust: (inout ServerOptions) -> Void = { _ in }
    ) async throws -> TestConnection.Answer {
        var answer: TestConnection.Answer?
        try await withServer(ScriptedExecutor(), adjust) { server in
            let client = try TestConnection(to: server)
            client.send(text)
            answer = try client.answer()
        }
        return try #require(answer)
    }

    @Test func theHealthAnswer() async throws {
        let answer = try await exchange(request(method: "GET"), { $0.region = "eu-west-1" })
        #expect(answer.status == 200)
        #expect(answer.text == "healthy: dynamodb.eu-west-1.amazonaws.com ")
        #expect(answer.isIntact)
    }

    @Test(arguments: ["PUT", "DELETE", "OPTIONS"]) func otherMethods(_ method: String)
        async throws
    {
        let answer = try await exchange(request(method: method))
        #expect(answer.status == 404)
        #expect(answer.text == "<UnknownOperationException/>\n")
    }

    @Test(arguments: [
        "DynamoDB_20120810.Whatever", "DynamoDBStreams_20120810.ListStreams", "",
        "DynamoDB_20111205.PutItem",
    ])
    func unknownTargets(_ target: String) async throws {
        let answer = try await exchange(request(headers: ["X-Amz-Target": target]))
        #expect(answer.status == 400)
        #expect(answer.text == #"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#)
        #expect(answer.isIntact)
    }

    @Test func aMissingTarget() async throws {
        let answer = try await exchange(request(headers: ["X-Amz-Target": nil]))
        #expect(answer.text.contains("UnknownOperationException"))
    }

    @Test func missingCredentials() async throws {
        let answer = try await exchange(request(headers: ["Authorization": nil]))
        #expect(answer.status == 400)
        #expect(
            answer.text
                == #"{"__type":"com.amazon.coral.service#MissingAuthenticationTokenException","#
                + #""message":"Request is missing Authentication Token"}"#)
    }

    @Test func aSignedQueryIsAuthenticationToo() async throws {
        let answer = try await exchange(
            request(
                "PutItem", "now", path: "/?X-Amz-Signature=abc",
                headers: ["Authorization": nil]))
        #expect(answer.status == 200)
    }

    @Test(arguments: [
        "GET\r\n\r\n", "BREW / HTTP/1.1\r\nHost: x\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "POST / HTTP/9.9\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: nonsense\r\n\r\n",
        "\u{16}\u{03}\u{01}\r\n\r\n",
    ])
    func strangersAreAnswered400(_ noise: String) async throws {
        let answer = try await exchange(noise)
        #expect(answer.status == 400)
        #expect(answer.headers["connection"] == "close")
        #expect(answer.text.contains("MalformedHttpRequestException"))
    }

    @Test func anOversizeBodyIsRefusedBeforeItComes() async throws {
        try await withServer { server in
            let client = try TestConnection(to: server)
            client.send(request("PutItem", "", headers: ["Content-Length": "16777217"]))
            let answer = try client.answer()
            #expect(answer.status == 413)
            #expect(answer.text.contains("RequestEntityTooLargeException"))
            #expect(client.isClosed())
        }
    }

    @Test func theAnswerToAnOversizeBodyArrivesWhileItIsStillSent() async throws {
        try await withServer(ScriptedExecutor(), { $0.maximumBodyBytes = 1000 }) { server in
            let client = try TestConnection(to: server)
            let body = String(repeating: "x", count: 3_000_000)
            client.send(request("PutItem", body))
            #expect(try client.answer().status == 413)
        }
    }

    @Test func anOversizeChunkedBodyIsRefused() async throws {
        let head = request(
            "PutItem", "", headers: ["Content-Length": nil, "Transfer-Encoding": "chunked"])
        let answer = try await exchange(
            head + "3e9\r\n" + String(repeating: "x", count: 1001), { $0.maximumBodyBytes = 1000 })
        #expect(answer.status == 413)
    }

    @Test(arguments: ["x\r\n", "-1\r\n", "\r\n", "2\r\nabc\r\n"])
    func malformedChunksAreRefused(_ chunk: String) async throws {
        let head = request(
            "PutItem", "", headers: ["Content-Length": nil, "Transfer-Encoding": "chunked"])
        #expect(try await exchange(head + chunk).status == 400)
    }

    @Test func anOversizeHeadIsRefused() async throws {
        let answer = try await exchange(
            request(headers: ["X": String(repeating: "y", count: 100_000)]))
        #expect(answer.status == 431)
    }

    @Test func anEndlessHeadIsRefused() async throws {
        let answer = try await exchange(
            "POST / HTTP/1.1\r\nX: " + String(repeating: "y", count: 100_000))
        #expect(answer.status == 431)
    }

    @Test func slowHeadsAndBodiesTimeOut() async throws {
        let adjust: (inout ServerOptions) -> Void = {
            $0.headTimeout = .milliseconds(200)
            $0.bodyTimeout = .milliseconds(200)
        }
        let whole = request("PutItem", "now")
        for part in [String(whole.prefix(20)), String(whole.dropLast(1))] {
            let answer = try await exchange(part, adjust)
            #expect(answer.status == 408)
        }
    }

    @Test func idleConnectionsAreClosed() async throws {
        try await withServer(ScriptedExecutor(), { $0.idleTimeout = .milliseconds(200) }) {
            server in
            let fresh = try TestConnection(to: server)
            let used = try TestConnection(to: server)
            used.send(request("PutItem", "now"))
            _ = try used.answer()
            #expect(fresh.isClosed())
            #expect(used.isClosed())
        }
    }

    @Test func aRequestAtWorkIsNotIdle() async throws {
        let executor = ScriptedExecutor()
        try await withServer(executor, { $0.idleTimeout = .milliseconds(100) }) { server in
            let client = try TestConnection(to: server)
            client.send(request("PutItem", "slow"))
            let held = executor.held(1)
            for _ in 0..<500 { waitBriefly() }
            held.first?.answer()
            #expect(try client.answer().text == "\"slow\"")
        }
    }

    @Test func connectionsBeyondTheLimitAreRefused() async throws {
        try await withServer(ScriptedExecutor(), { $0.maximumConnections = 2 }) { server in
            let first = try TestConnection(to: server)
            let second = try TestConnection(to: server)
            for client in [first, second] {
                client.send(request("PutItem", "now"))
                #expect(try client.answer().status == 200)
            }
            let third = try TestConnection(to: server)
            #expect(try third.answer().status == 503)
            #expect(third.isClosed())
        }
    }

    @Test func halfRequestsLeaveTheServerUp() async throws {
        let executor = ScriptedExecutor()
        try await withServer(executor) { server in
            let whole = Array(request("PutItem", "never whole").utf8)
            for count in stride(from: 1, to: whole.count, by: 7) {
                let client = try TestConnection(to: server)
                client.send(Array(whole[..<count]))
            }
            let client = try TestConnection(to: server)
            client.send(request("PutItem", "now"))
            #expect(try client.answer().status == 200)
            #expect(executor.heldCount == 0)
        }
    }

    @Test func randomNoiseLeavesTheServerUp() async throws {
        var random = SeededRandom.fromEnvironment("randomNoiseLeavesTheServerUp")
        var noises: [[UInt8]] = []
        for _ in 0..<200 {
            var bytes = Array(request("PutItem", "now").utf8)
            for _ in 0..<random.int(in: 1...8) {
                bytes[random.int(in: 0..<bytes.count)] = UInt8.random(in: 0...255, using: &random)
            }
            noises.append(random.chance(1, in: 3) ? random.bytes(count: 300) : bytes)
        }
        let sent = noises
        try await withServer { server in
            for noise in sent {
                let client = try TestConnection(to: server)
                client.send(noise)
                client.finishSending()
            }
            let client = try TestConnection(to: server)
            client.send(request("PutItem", "now"))
            #expect(try client.answer().status == 200)
        }
    }
}
