import DynamoWire
import Testing

@testable import KVDServer

/// Requests, answers and their order on one connection.
@Suite(.serialized) struct ConnectionTests {
    @Test func oneConnectionServesManyRequests() async throws {
        try await withServer { server in
            let client = try TestConnection(to: server)
            for number in 0..<20 {
                client.send(request("PutItem", "{\"now\":\(number)}"))
                let answer = try client.answer()
                #expect(answer.status == 200)
                #expect(answer.text == "\"{\\\"now\\\":\(number)}\"")
                #expect(answer.headers["content-type"] == "application/x-amz-json-1.0")
                #expect(answer.headers["connection"] == "keep-alive")
                #expect(answer.isIntact)
            }
        }
    }

    /// RFC 9112, section 9.3.2: a client that pipelines must read what it has written.
    @Test func pipelinedRequestsRunOneAfterAnother() async throws {
        let executor = ScriptedExecutor()
        try await withServer(executor) { server in
            let client = try TestConnection(to: server)
            let names = ["PutItem", "GetItem", "Query", "UpdateItem", "Scan"]
            client.send(names.map { request($0, $0) }.joined())
            for (index, name) in names.enumerated() {
                let held = executor.held(index + 1)
                for _ in 0..<5 { waitBriefly() }
                #expect(executor.heldCount == index + 1)
                #expect(client.isSilent())
                held[index].answer()
                #expect(try client.answer().text == "\"\(name)\"")
            }
        }
    }

    @Test func hundredsOfPipelinedRequestsAreAnsweredInOrder() async throws {
        try await withServer { server in
            let client = try TestConnection(to: server)
            client.send((0..<500).map { request("PutItem", "now \($0)") }.joined())
            for number in 0..<500 {
                #expect(try client.answer().text == "\"now \(number)\"")
            }
        }
    }

    @Test func completionsOfOtherThreadsReachTheirConnections() async throws {
        let executor = ScriptedExecutor()
        try await withServer(executor) { server in
            let clients = try (0..<20).map { _ in try TestConnection(to: server) }
            for (number, client) in clients.enumerated() {
                client.send(request("PutItem", "c\(number)"))
            }
            for held in executor.held(20) { held.answer() }
            for (number, client) in clients.enumerated() {
                #expect(try client.answer().text == "\"c\(number)\"")
            }
        }
    }

    @Test func aRequestMayComeByteByByte() async throws {
        try await withServer { server in
            let client = try TestConnection(to: server)
            for byte in request("PutItem", "now in pieces").utf8 { client.send([byte]) }
            #expect(try client.answer().text == "\"now in pieces\"")
        }
    }

    @Test func aLargeBodyArrivesWhole() async throws {
        try await withServer { server in
            let client = try TestConnection(to: server)
            let body = "now" + String(repeating: "0123456789", count: 500_000)
            client.send(request("PutItem", body))
            #expect(try client.answer().text == "\"\(body)\"")
        }
    }

    @Test func chunkedBodiesArePutTogether() async throws {
        try await withServer { server in
            let client = try TestConnection(to: server)
            let head = request(
                "PutItem", "",
                headers: ["Content-Length": nil, "Transfer-Encoding": "chunked"])
            client.send(
                head
                    + "3\r\nnow\r\n4;name=value\r\n and\r\nA\r\n then some\r\n0\r\nTrailer: x\r\n\r\n"
            )
            #expect(try client.answer().text == "\"now and then some\"")
            client.send(request("PutItem", "now again"))
            #expect(try client.answer().text == "\"now again\"")
        }
    }

    @Test func expectContinueIsAnswered() async throws {
        try await withServer { server in
            let client = try TestConnection(to: server)
            let whole = request("PutItem", "now", headers: ["Expect": "100-continue"])
            client.send(String(whole.dropLast(3)))
            #expect(try client.answer().status == 100)
            client.send("now")
            #expect(try client.answer().text == "\"now\"")
        }
    }

    @Test func connectionCloseIsHonoured() async throws {
        try await withServer { server in
            let client = try TestConnection(to: server)
            client.send(request("PutItem", "now", headers: ["Connection": "close"]))
            let answer = try client.answer()
            #expect(answer.headers["connection"] == "close")
            #expect(client.isClosed())
        }
    }

    @Test func aClientThatHasFinishedSendingIsAnswered() async throws {
        let executor = ScriptedExecutor()
        try await withServer(executor) { server in
            let client = try TestConnection(to: server)
            client.send(request("GetItem", "a") + request("GetItem", "b"))
            client.finishSending()
            executor.held(1)[0].answer()
            #expect(try client.answer().text == "\"a\"")
            executor.held(2)[1].answer()
            #expect(try client.answer().text == "\"b\"")
            #expect(client.isClosed())
        }
    }

    @Test func aClientThatGoesAwayHarmsNobody() async throws {
        let executor = ScriptedExecutor()
        try await withServer(executor) { server in
            do {
                let client = try TestConnection(to: server)
                client.send(request("PutItem", "a"))
                _ = executor.held(1)
            }
            waitBriefly()
            for held in executor.held(1) { held.answer() }
            let other = try TestConnection(to: server)
            other.send(request("PutItem", "now"))
            #expect(try other.answer().status == 200)
        }
    }

    @Test func theHostReachesTheExecutor() async throws {
        let executor = ScriptedExecutor()
        try await withServer(executor) { server in
            let client = try TestConnection(to: server)
            client.send(request("DescribeEndpoints", "e", headers: ["Host": "example.com:99"]))
            let held = executor.held(1)
            #expect(held.first?.host == "example.com:99")
            #expect(held.first?.operation == .describeEndpoints)
            held.first?.answer()
            _ = try client.answer()
        }
    }
}
