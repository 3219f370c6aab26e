/// Loads records, many together.
struct RecordLoader<Store: RecordStore>: Worker {
    let store: Store
    let space: RecordSpace
    let sequence: InsertSequence
    let end: Int
    let batchSize: Int

    mutating func next() async throws -> Outcome {
        var records: [Record] = []
        while records.count < batchSize, case let number = sequence.take(), number < end {
            records.append(space.record(number))
        }
        if !records.isEmpty { try await store.insertBatch(records) }
        return Outcome(
            kind: .load, items: records.count,
            userBytes: records.reduce(0) { $0 + $1.userBytes })
    }
}

/// One task of a workload of YCSB.
struct RecordWorker<Store: RecordStore>: Worker {
    let store: Store
    let space: RecordSpace
    let sequence: InsertSequence
    let workload: Workload
    /// Records whose number the scrambled distribution may give; some of them are not there yet.
    let keyCount: Int
    /// The ranks of records by age, for workload D.
    var ages: Zipfian
    var random: SplitMix64

    static var longestScan: Int { 100 }

    mutating func next() async throws -> Outcome {
        let kind = workload.kind(&random)
        switch kind {
        case .get:
            return Outcome(kind: kind, checksum: try await read(space.key(chooseNumber())))
        case .update:
            let userBytes = try await update(space.key(chooseNumber()))
            return Outcome(kind: kind, userBytes: userBytes)
        case .readModifyWrite:
            let key = space.key(chooseNumber())
            let checksum = try await read(key)
            let userBytes = try await update(key)
            return Outcome(kind: kind, userBytes: userBytes, checksum: checksum)
        case .insert:
            let number = sequence.take()
            let record = space.record(number)
            try await store.insert(record)
            sequence.acknowledge(number)
            return Outcome(kind: kind, userBytes: record.userBytes)
        case .scan:
            return Outcome(kind: kind, items: try await scan())
        case .load, .put, .query:
            preconditionFailure("no workload of YCSB has the operation \(kind)")
        }
    }

    private mutating func chooseNumber() -> Int {
        let limit = sequence.limit
        if workload.readsLatest {
            ages.grow(to: limit)
            return limit - 1 - ages.next(&random)
        }
        while true {
            let rank = UInt64(Zipfian.tenBillion.next(&random))
            let number = Int(FNV.hash(rank) % UInt64(keyCount))
            if number < limit { return number }
        }
    }

    /// The length of what was read: the fields' own bytes depend on the order of updates.
    private func read(_ key: RecordKey) async throws -> Int {
        guard let record = try await store.read(key) else {
            throw WrongAnswer("no record \(key)")
        }
        return record.fields.reduce(0) { $0 + $1.utf8.count }
    }

    /// Sets one field, and gives the bytes of the key and of the field.
    private mutating func update(_ key: RecordKey) async throws -> Int {
        let field = random.below(Record.fieldCount)
        let text = space.text(&random)
        try await store.update(key, field: field, to: text)
        return key.userBytes + text.utf8.count
    }

    /// How many posts came.
    private mutating func scan() async throws -> Int {
        let number = chooseNumber()
        let length = 1 + random.below(Self.longestScan)
        guard case .post(let thread, let post) = space.key(number) else {
            preconditionFailure("a scan needs a table of posts")
        }
        let records = try await store.scan(thread: thread, from: post, limit: length)
        guard let first = records.first, records.count <= length,
            case .post(thread, post) = first.key
        else { throw WrongAnswer("a scan of \(thread) from \(post) does not start there") }
        return records.count
    }
}
