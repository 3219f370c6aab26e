import ArgumentParser

/// The command `kvd`; each subcommand has a file of its own.
@main
struct Kvd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kvd",
        abstract: "DynamoDB's data model as a database of your own.",
        discussion: """
            kvd keeps DynamoDB tables in a folder of this machine and serves them to any AWS SDK, \
            unmodified. What it acknowledges is on disk.

            Start with:  kvd serve
            Then:        kvd help serve
            """,
        version: version,
        subcommands: [Serve.self, Inspect.self])

    static let version = "0.1.0"
}
