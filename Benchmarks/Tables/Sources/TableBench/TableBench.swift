import ArgumentParser

/// One engine, one suite, one process. `Tools/bench table` starts it once an engine and round.
@main
struct TableBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "TableBench",
        abstract: "Measures kvd's tables, or SQLite through GRDB, in this process.",
        discussion: "Tools/bench table runs it in turns and compares; see its --help.",
        subcommands: [Operations.self, YCSB.self])
}
