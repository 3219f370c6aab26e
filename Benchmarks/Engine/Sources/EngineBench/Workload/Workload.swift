/// What is written and read: the same keys and values in the same order for every engine.
struct Workload: Sendable {
    let entryCount: Int
    let valueBytes: Int
    let seed: UInt64
    let values: ValueSource

    /// How many entries a scale of 1 stands for.
    static let entriesAtScaleOne = 2_000_000
    /// How many entries a batch has.
    static let batchEntries = 1_000

    /// Whole batches.
    static func entryCount(atScale scale: Double) -> Int {
        Int(Double(entriesAtScaleOne / batchEntries) * scale) * batchEntries
    }

    init(entryCount: Int, valueBytes: Int, seed: UInt64) {
        self.entryCount = entryCount
        self.valueBytes = valueBytes
        self.seed = seed
        values = ValueSource(valueBytes: valueBytes, seed: seed)
    }

    var entryBytes: Int { KeyBuffer.sizeBytes + valueBytes }

    var userBytes: Int { Self.dataBytes(entryCount: entryCount, valueBytes: valueBytes) }

    /// The bytes of all entries, keys and values, as the user counts them.
    static func dataBytes(entryCount: Int, valueBytes: Int) -> Int {
        entryCount * (KeyBuffer.sizeBytes + valueBytes)
    }

    /// The order of a phase that touches every entry once; each phase has an order of its own.
    func order(_ stream: UInt64) -> Permutation {
        Permutation(count: entryCount, seed: seed &+ stream &* 0x1000_0001)
    }

    /// Random numbers for one thread of a phase.
    func random(_ stream: UInt64, thread: Int) -> SplitMix {
        SplitMix(seed: seed &+ stream &* 0x1000_0001 &+ UInt64(thread) &* 0x51_7CC1_B727)
    }
}
