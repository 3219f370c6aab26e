internal import ArgumentParser

@main
struct EngineBenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "EngineBench",
        abstract: "kvd's storage engine beside its peers.",
        subcommands: [CompareCommand.self, RunOneCommand.self],
        defaultSubcommand: CompareCommand.self)
}
