import ArgumentParser
import ProcessMeasuring

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
    }

    private func run<Store: OrderStore>(
        open: () async throws -> Store, describe: (Store) throws -> [String: String]
    ) async throws {
        let space = OrderSpace(count: items, seed: settings.seed)
        let meter = Meter(
            folder: settings.folder, baselineMemoryBytes: try ProcessUsage.memoryBytes())
        let batchSize = 25
        let loaded = try await open()
        Report.settings(try describe(loaded))
        let load = Phase(
            name: "load, 25 together", operations: (items + batchSize - 1) / batchSize, tasks: 1,
            countsItems: true)
        try await meter.measure(load) { task in
            OrderLoader(store: loaded, space: space, batchSize: batchSize, batch: task, stride: 1)
        }
        try await loaded.close()

        // What a started application finds: nothing in the process's memory.
        let store = try await open()
        try await measureOperations(on: store, space, meter)
        try await store.close()
    }

    private func measureOperations(
        on store: some OrderStore, _ space: OrderSpace, _ meter: Meter
    ) async throws {
        let seed = settings.seed
        func measure(
            _ name: String, _ operation: OrderOperation, _ operations: Int, tasks: Int = 1,
            countsItems: Bool = false
        ) async throws {
            // Orders of their own for the single task and for the many.
            let firstNew = Order.perCustomer + (tasks == 1 ? 0 : writes)
            let phase = Phase(
                name: name, operations: operations, tasks: tasks, countsItems: countsItems)
            try await meter.measure(phase) { task in
                OrderWorker(
                    store: store, space: space, operation: operation,
                    random: SplitMix64(seed: seed, phase: name, task: task),
                    newNumber: firstNew + task, stride: tasks)
            }
        }
        try await measure("get", .get, reads)
        try await measure("get, \(tasks) tasks", .get, reads, tasks: tasks)
        try await measure("query of 100", .query, reads / 20, countsItems: true)
        try await measure("conditional update", .countVisit, writes)
        try await measure("conditional update, \(tasks) tasks", .countVisit, writes, tasks: tasks)
        try await measure("put", .put, writes)
        try await measure("put, \(tasks) tasks", .put, writes, tasks: tasks)
        // Last, as it reads everything: its checksum covers what the others wrote.
        try await measure("full scan", .scan, 1, countsItems: true)
    }
}
