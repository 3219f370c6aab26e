import KVDatabase
import KvdTestSupport
import StorageEngine
import Testing

/// Power is lost inside every file-system call of a workload of item operations.
///
/// What has to hold: every answered write is there and nothing else but, whole or not at all, the
/// one in flight; every index row matches its item, counts and sizes are exact, the stream tells
/// how the items came about; and the database goes on from there.
@Suite("Crash of a table at every file-system call")
struct TableCrashTests {
    private static let shards = 8
    private static let random = SeededRandom.fromEnvironment("TableCrashTests")
    private static let workload = TableWorkload(seed: random.seed, stepCount: 120)

    @Test("Items, index rows, counts and stream agree after a crash", arguments: 0..<shards)
    func consistency(shard: Int) async {
        let dryRun = SimulatedFilesystem(seed: Self.random.seed)
        let progress = await Self.workload.run(dryRun)
        #expect(progress.error == nil)
        #expect(progress.acknowledged == Self.workload.steps.count)
        if shard == 0 { print("TableCrashTests: \(dryRun.callCount) crash points") }
        for point in stride(from: 1 + shard, through: dryRun.callCount, by: Self.shards) {
            await Self.check(point)
        }
    }

    private static func check(_ point: Int) async {
        let disk = SimulatedFilesystem(seed: random.seed)
        disk.crash(at: point)
        let progress = await workload.run(disk)
        var random = random.split(UInt64(point))
        // One outcome a crash: the engine's own crash test tries several at each of its calls.
        let policy = CrashPolicy.all.randomElement(using: &random) ?? .losesAll
        do {
            try await recover(disk.restart(policy), progress)
        } catch {
            Issue.record(
                """
                KVD_SEED=\(Self.random.seed), crash at call \(point) under \(policy) after \
                \(progress.acknowledged) steps: \(error)
                """)
        }
    }

    private static func recover(
        _ disk: SimulatedFilesystem, _ progress: TableWorkload.Progress
    ) async throws {
        let database = try Database.open(
            at: TableWorkload.folder, options: TableWorkload.options(disk))
        let tables = try await database.listTables(.init()).tableNames
        if tables.isEmpty {
            guard !progress.isTableCreated else { throw Mismatch("the table is gone") }
            return try await database.close()
        }
        let inspection = TableInspection(database: database)
        var items = try await inspection.items()
        guard outcomes(progress).contains(items) else {
            throw Mismatch("the \(items.count) items are of no state that can be")
        }
        try await inspection.requireConsistent(with: items)

        // It goes on: one more write, one more crash.
        let more: Item = [
            "customer": "after", "order": 1, "written": -1, "status": "DONE", "note": "the crash",
        ]
        _ = try await database.putItem(
            .init(tableName: TableWorkload.tableName, item: EncodedItem(more)))
        items[TableWorkload.name(of: more)] = more
        let again = try Database.open(
            at: TableWorkload.folder, options: TableWorkload.options(disk.restart(.losesAll)))
        let secondInspection = TableInspection(database: again)
        guard try await secondInspection.items() == items else {
            throw Mismatch("a write after the recovery was lost")
        }
        try await again.close()
        // What it still does, it does to the disk of before.
        try? await database.close()
    }

    /// The contents that may be found: those that were answered, with any part of the step that was
    /// not. The parts of a batch write are independent of each other; any other step has one.
    private static func outcomes(
        _ progress: TableWorkload.Progress
    ) -> [TableWorkload.Items] {
        var items: TableWorkload.Items = [:]
        for change in workload.changes[..<progress.acknowledged] {
            for (key, item) in change { items[key] = item }
        }
        guard progress.acknowledged < workload.changes.count else { return [items] }
        var outcomes = [items]
        for (key, item) in workload.changes[progress.acknowledged] {
            outcomes += outcomes.map { outcome in
                var changed = outcome
                changed[key] = item
                return changed
            }
        }
        return outcomes
    }
}
