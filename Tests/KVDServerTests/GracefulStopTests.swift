import NIOCore
import Testing

@testable import KVDServer

@Suite(.serialized) struct GracefulStopTests {
    private func start(_ executor: ScriptedExecutor) async throws -> HTTPServer {
        var options = ServerOptions()
        options.port = 0
        options.threads = 1
        options.stopTimeout = .seconds(60)
        return try await HTTPServer.start(
            executor: executor, options: options, logger: silentLogger)
    }

    @Test func requestsAtWorkAreAnswered() async throws {
        let executor = ScriptedExecutor()
        let server = try await start(executor)
        let client = try TestConnection(to: server)
        let idle = try TestConnection(to: server)
        idle.send(request("PutItem", "now"))
        _ = try idle.answer()
        client.send(request("GetItem", "a"))
        let held = executor.held(1)
        async let stopped: Void = server.stop()
        #expect(await idle.isClosedAtLast())
        held[0].answer()
        #expect(try client.answer().headers["connection"] == "close")
        #expect(client.isClosed())
        await stopped
    }

    @Test(arguments: [20, 3]) func aRequestThatHasBegunToArriveIsAnswered(missing: Int) async throws
    {
        let server = try await start(ScriptedExecutor())
        let client = try TestConnection(to: server)
        let whole = request("PutItem", "now")
        client.send(String(whole.dropLast(missing)))
        for _ in 0..<50 { waitBriefly() }
        let idle = try TestConnection(to: server)
        idle.send(request("PutItem", "now"))
        _ = try idle.answer()
        async let stopped: Void = server.stop()
        // The stop has reached the only event loop once it has closed the idle connection.
        #expect(await idle.isClosedAtLast())
        client.send(String(whole.suffix(missing)))
        let answer = try client.answer()
        #expect(answer.status == 200)
        #expect(answer.headers["connection"] == "close")
        #expect(client.isClosed())
        await stopped
    }

    @Test func nothingIsAcceptedAfterwards() async throws {
        let server = try await start(ScriptedExecutor())
        await server.stop()
        #expect(throws: TestConnection.Failure.self) { try TestConnection(to: server) }
    }

    @Test func requestsThatTakeTooLongAreGivenUp() async throws {
        let executor = ScriptedExecutor()
        var options = ServerOptions()
        options.port = 0
        options.threads = 1
        options.stopTimeout = .milliseconds(200)
        let server = try await HTTPServer.start(
            executor: executor, options: options, logger: silentLogger)
        let client = try TestConnection(to: server)
        client.send(request("PutItem", "never answered"))
        let held = executor.held(1)
        await server.stop()
        #expect(client.isClosed())
        held.first?.answer()
    }

    @Test func aPortInUseIsSaid() async throws {
        let server = try await start(ScriptedExecutor())
        var options = ServerOptions()
        options.port = try #require(server.address.port)
        let taken = options
        let error = await #expect(throws: ListenError.self) {
            try await HTTPServer.start(
                executor: ScriptedExecutor(), options: taken, logger: silentLogger)
        }
        #expect(error?.description.contains("in use by another process") == true)
        await server.stop()
    }
}
