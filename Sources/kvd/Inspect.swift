import ArgumentParser
import KVDatabase

/// `kvd inspect`: shows what is in a database's files.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what is in a database folder, a log, a manifest or a table file.",
        discussion: """
            PATH is a database folder or one of its files; what a file is, its name or its first \
            and last bytes tell. Nothing is written and no lock is taken, so kvd serve may be \
            running on the folder: tables never change, logs and manifests only grow, and a record \
            that is being written at the moment shows as a torn end.

              kvd inspect data                          levels, tables and logs
              kvd inspect data --verify                 check every byte of them
              kvd inspect data/000012.log               each write, in commit order
              kvd inspect data/000012.log --values      with values of any length
              kvd inspect data/000009.sst               footer, filter, blocks
              kvd inspect data/000009.sst --entries 9   and its first 9 entries
              kvd inspect data/CURRENT                  the manifest, edit by edit
              kvd inspect data --json | jq 'select(.kind == "level")'

            Bytes that are text stand in quotes, others as 0x and hexadecimal digits. The keys of \
            kvd's own rows are shown in parts: which table, which partition, which sort key.

            Damage is shown as a line with file, byte offset and reason, and the exit code is 1.
            """)

    @Argument(help: "A database folder, or a file of one.")
    var path: String

    @Flag(help: "Write one JSON object a line.")
    var json = false

    @Flag(
        help: "Check all checksums, the order of keys, counts, and that filters have every key.")
    var verify = false

    @Flag(help: "Show values whole, not their first 32 bytes.")
    var values = false

    @Option(
        help: ArgumentHelp("Show so many entries of a table, from the first.", valueName: "count"))
    var entries = 0

    func validate() throws {
        guard entries >= 0 else { throw ValidationError("--entries must be at least 0") }
    }

    func run() throws {
        var inspection = Inspection(path: path)
        inspection.verifies = verify
        inspection.showsWholeValues = values
        inspection.entryLimit = entries
        var words = InspectionWords()
        let isWhole: Bool
        do throws(DatabaseError) {
            isWhole = try inspection.run { line in
                if json {
                    print(InspectionJSON.text(of: line))
                } else {
                    words.write(line)
                }
            }
        } catch {
            Process.fail(error.message)
        }
        words.finish()
        if !isWhole { Process.fail("\(path) is damaged") }
    }
}
