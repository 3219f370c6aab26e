import ArgumentParser
import KVDServer
import KVDatabase
import Logging

/// `kvd serve`: opens a database and serves it until a signal asks it to stop.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve DynamoDB tables over HTTP.",
        discussion: """
            Any AWS SDK or the aws command line works against it, given the endpoint and any \
            credentials. For example, from another shell:

              export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any
              aws dynamodb create-table --endpoint-url http://127.0.0.1:8000 \\
                --region us-east-1 --table-name music --billing-mode PAY_PER_REQUEST \\
                --attribute-definitions AttributeName=artist,AttributeType=S \\
                --key-schema AttributeName=artist,KeyType=HASH
              aws dynamodb put-item --endpoint-url http://127.0.0.1:8000 \\
                --region us-east-1 --table-name music --item '{"artist": {"S": "Acme Band"}}'

            Ctrl-C or SIGTERM stops it cleanly: requests that are being worked on are answered \
            first. A second signal ends it at once, which loses nothing that was acknowledged.

            Credentials are not checked yet. Listen beyond this machine (--host 0.0.0.0) only \
            where everyone who can connect may read and write everything.
            """)

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 lets the system choose.")
    var port: UInt16 = 8000

    @Option(
        help: ArgumentHelp("The folder that holds the data; made if missing.", valueName: "path"))
    var dataDir = "./data"

    @Flag(help: "Keep the data in memory; it ends with the process. --data-dir is not used.")
    var inMemory = false

    @Option(help: "The region that stands in ARNs.")
    var region = "us-east-1"

    @Option(
        help: ArgumentHelp(
            "When a write is acknowledged: synced (after it is on the disk), interval:TIME (after "
                + "the system has it, on the disk within TIME, such as interval:100ms), or none "
                + "(after the system has it). The last two survive kill -9, not a power cut.",
            valueName: "rule"))
    var durability = DurabilityRule()

    @Option(help: "Event loop threads. (default: one a core)")
    var threads: Int?

    @Option(
        help: ArgumentHelp("Memory for uncompressed blocks, such as 512MiB.", valueName: "size"))
    var cacheSize = ByteSize(bytes: 128 << 20)

    @Option(
        help: ArgumentHelp(
            "Memory that gathers writes before they go to a table file.", valueName: "size"))
    var memtableSize = ByteSize(bytes: 16 << 20)

    @Option(help: "Connections beyond this are refused.")
    var maxConnections = 4096

    @Option(
        help: ArgumentHelp(
            "How long a connection may stay open between requests.", valueName: "seconds"))
    var idleTimeout = 120

    @Option(
        help: ArgumentHelp(
            "How much to log: trace, debug (a line a request), info, notice, warning, error, "
                + "critical.", valueName: "level"))
    var logLevel = Logger.Level.info

    func validate() throws {
        guard threads.map({ (1...1024).contains($0) }) ?? true else {
            throw ValidationError("--threads must be between 1 and 1024")
        }
        guard maxConnections > 0 else {
            throw ValidationError("--max-connections must be at least 1")
        }
        guard (1...86_400).contains(idleTimeout) else {
            throw ValidationError("--idle-timeout must be between 1 and 86400 seconds")
        }
        guard memtableSize.bytes >= 1 << 20 else {
            throw ValidationError("--memtable-size must be at least 1MiB")
        }
    }

    func run() throws {
        Process.raiseOpenFileLimit()
        let signals = TerminationSignals()
        let service = Service(self)
        service.start()
        signals.wait()
        service.stop()
        // A second signal means that whoever asked will not wait.
        let signal = signals.wait()
        Process.exit(code: 128 + signal)
    }

    var serverOptions: ServerOptions {
        var options = ServerOptions()
        options.host = host
        options.port = Int(port)
        options.threads = threads
        options.region = region
        options.maximumConnections = maxConnections
        options.setIdleTimeout(seconds: idleTimeout)
        return options
    }

    var databaseOptions: DatabaseOptions {
        DatabaseOptions(
            region: region, durability: durability.durability,
            blockCacheSizeBytes: cacheSize.bytes, memtableSizeBytes: memtableSize.bytes)
    }
}
