import ArgumentParser
import ProcessMeasuring

/// The workloads of YCSB on one engine.
struct YCSB: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ycsb", abstract: "The workloads A to F of YCSB on one engine.",
        discussion: """
            In YCSB's order: load, A, B, C, F, D on one table; load, E on another. Prints a line \
            of JSON for each.
            """)

    @OptionGroup var settings: StoreSettings

    @Option(help: "Records to load.")
    var records = 100_000

    @Option(help: "Operations of each workload.")
    var operations = 100_000

    @Option(help: "Tasks that operate at the same time.")
    var threads = 8

    @Option(help: "Records written together while loading; 1 to 25.")
    var batch = 25

    @Option(parsing: .upToNextOption, help: "Which workloads, such as a c e.")
    var workloads = Workload.allCases

    func validate() throws {
        guard records >= 1, operations >= 1, (1...1024).contains(threads), (1...25).contains(batch)
        else { throw ValidationError("a count is out of its bounds; see --help") }
    }

    func run() async throws {
        let order: [Workload] = [.a, .b, .c, .f, .d, .e]
        let chosen = order.filter(workloads.contains)
        let memoryBytes = try ProcessUsage.memoryBytes()
        for shape in [RecordShape.users, .posts] {
            try await run(shape, chosen.filter { $0.shape == shape }, memoryBytes)
        }
    }

    private func run(
        _ shape: RecordShape, _ workloads: [Workload], _ baselineMemoryBytes: Int
    ) async throws {
        if workloads.isEmpty { return }
        var settings = settings
        settings.folder += "/\(shape)"
        let meter = Meter(folder: settings.folder, baselineMemoryBytes: baselineMemoryBytes)
        switch settings.engine {
        case .kvd:
            let store = try await KvdRecords(settings, shape)
            Report.settings(KvdDatabase.settings(settings))
            try await run(workloads, on: store, shape, meter)
        case .grdb, .grdbBlocking:
            let store = try SQLiteRecords(settings, shape)
            Report.settings(try store.settings())
            try await run(workloads, on: store, shape, meter)
        }
    }

    private func run(
        _ workloads: [Workload], on store: some RecordStore, _ shape: RecordShape,
        _ meter: Meter
    ) async throws {
        let space = RecordSpace(shape: shape, loaded: records, seed: settings.seed)
        let loading = InsertSequence(loaded: 0)
        let load = Phase(
            name: shape == .users ? "load" : "load for E",
            // A task may find the last numbers taken, so that its batch is smaller than full.
            operations: (records + batch - 1) / batch + threads, tasks: threads, countsItems: true)
        try await meter.measure(load) { _ in
            RecordLoader(
                store: store, space: space, sequence: loading, end: records, batchSize: batch)
        }
        let sequence = InsertSequence(loaded: records)
        let ages = Zipfian(count: records)
        for workload in workloads {
            // E inserts about five in a hundred; twice as many, as YCSB reckons with.
            let expected = workload == .e ? operations / 10 : 0
            let phase = Phase(
                name: workload.rawValue.uppercased(), operations: operations, tasks: threads)
            try await meter.measure(phase) { task in
                RecordWorker(
                    store: store, space: space, sequence: sequence, workload: workload,
                    keyCount: records + expected, ages: ages,
                    random: SplitMix64(
                        seed: settings.seed, phase: workload.rawValue, task: task))
            }
        }
        try await store.close()
    }
}
