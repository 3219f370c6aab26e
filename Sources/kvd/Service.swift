import KVDServer
import KVDatabase
import Logging
import Synchronization

/// One running server with its database: started once, stopped once.
///
/// Starting and stopping run as tasks, as the main thread waits for signals meanwhile.
final class Service: Sendable {
    private struct Running {
        let database: Database
        let server: HTTPServer
    }

    private let command: Serve
    private let logger: Logger
    private let running = Mutex<Running?>(nil)

    init(_ command: Serve) {
        self.command = command
        var logger = Logger(label: "kvd", factory: StreamLogHandler.standardError(label:))
        logger.logLevel = command.logLevel
        self.logger = logger
    }

    /// Opens the database and serves it; ends the process with code 1 and a word on what to do if
    /// that cannot be done.
    func start() {
        Task.detached {
            do {
                let database = try self.openDatabase()
                do {
                    let server = try await HTTPServer.start(
                        serving: database, options: self.command.serverOptions,
                        logger: self.logger)
                    self.running.withLock { $0 = Running(database: database, server: server) }
                    self.announce(server)
                } catch {
                    try? await database.close()
                    throw error
                }
            } catch let error as DatabaseError {
                Process.fail(error.message)
            } catch {
                Process.fail("\(error)")
            }
        }
    }

    private func openDatabase() throws(DatabaseError) -> Database {
        command.inMemory
            ? try Database.inMemory(options: command.databaseOptions)
            : try Database.open(at: command.dataDir, options: command.databaseOptions)
    }

    private func announce(_ server: HTTPServer) {
        let place = command.inMemory ? "in memory" : "in \(command.dataDir)"
        Process.say(
            "kvd \(Kvd.version) serves DynamoDB at \(server.url), data \(place), "
                + "durability \(command.durability)")
    }

    /// Answers what is being worked on, closes the database, and ends the process with code 0.
    func stop() {
        Task.detached {
            // A signal before the start is complete finds nothing to stop: nobody was answered yet.
            guard let running = self.running.withLock({ $0 }) else { Process.exit(code: 0) }
            self.logger.info("stopping")
            await running.server.stop()
            do throws(DatabaseError) {
                try await running.database.close()
            } catch {
                Process.fail("the database did not close cleanly: \(error.message)")
            }
            Process.exit(code: 0)
        }
    }
}
