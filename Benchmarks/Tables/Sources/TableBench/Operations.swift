import ArgumentParser

/// The operations of an application's day on one engine.
struct Operations: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operations", abstract: "Put, conditional update, get, query, scan.",
        discussion: """
            Loads orders, closes and opens the database again, and runs each operation. Prints a \
            line of JSON for each phase. Every put and update is of a random key.
            """)

    @OptionGroup var settings: StoreSettings

    @Option(help: "Orders to load, 100 a customer; a multiple of 100.")
    var items = 200_000

    @Option(help: "Gets; a twentieth as many queries.")
    var reads = 40_000

    @Option(help: "Puts and conditional updates of each phase.")
    var writes = 10_000

    @Option(help: "Tasks of the concurrent phases.")
    var tasks = 8

    func validate() throws {
        guard items >= 100, items % 100 == 0, reads >= 20, writes >= 1, (1...1024).contains(tasks)
        else { throw ValidationError("a count is out of its bounds; see --help") }
    }

    func run() async throws {
        switch settings.engine {
        case .kvd:
            try await run {
                try await KvdOrders(settings)
            } describe: { _ in
                KvdDatabase.settings(settings)
            }
        case .grdb, .grdbBlocking:
            try await run {
                try SQLiteOrders(settings)
            } describe: {
                try $0.settings()
            }
        }
        Report.ended()
    }

    private func run<Store: OrderStore>(
        open: () async throws -> Store, describe: (Store) throws -> [String: String]
    ) async throws {
        let space = OrderSpace(count: items, seed: settings.seed)
        let batchSize = 25
        let loaded = try await open()
        Report.settings(try describe(loaded))
        try await Phase(
            name: "load, 25 together", operations: (items + batchSize - 1) / batchSize, tasks: 1,
            countsItems: true
        ).run { task in
            OrderLoader(store: loaded, space: space, batchSize: batchSize, batch: task, stride: 1)
        }
        try await loaded.close()

        // What a started application finds: nothing in the process's memory.
        let store = try await open()
        try await run("get", .get, reads, 1, store, space)
        try await run("get, \(tasks) tasks", .get, reads, tasks, store, space)
        try await run(
            "query of 100", .query, reads / 20, 1, store, space, countsItems: true)
        try await run("conditional update", .countVisit, writes, 1, store, space)
        try await run(
            "conditional update, \(tasks) tasks", .countVisit, writes, tasks, store, space)
        try await run("put", .put, writes, 1, store, space)
        try await run("put, \(tasks) tasks", .put, writes, tasks, store, space)
        // Last, as it reads everything: its checksum covers what the others wrote.
        try await run("full scan", .scan, 1, 1, store, space, countsItems: true)
        try await store.close()
    }

    private func run<Store: OrderStore>(
        _ name: String, _ operation: OrderWorker<Store>.Operation, _ operations: Int, _ tasks: Int,
        _ store: Store, _ space: OrderSpace, countsItems: Bool = false
    ) async throws {
        let seed = settings.seed
        // Orders of their own for the single task and for the many.
        let firstNew = Order.perCustomer + (tasks == 1 ? 0 : writes)
        try await Phase(
            name: name, operations: operations, tasks: tasks, countsItems: countsItems
        ).run { task in
            OrderWorker(
                store: store, space: space, operation: operation,
                random: SplitMix64(seed: seed, phase: name, task: task),
                newNumber: firstNew + task, stride: tasks)
        }
    }
}
