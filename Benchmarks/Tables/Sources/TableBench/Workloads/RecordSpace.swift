/// Which records there are: from a record's number follow its key and its fields.
struct RecordSpace: Sendable {
    let shape: RecordShape
    /// Posts are dealt out to this many threads in turn.
    let threadCount: Int
    private let texts: Texts

    /// About as many posts a thread as ten scans of the longest kind read.
    static let postsPerThread = 1000

    init(shape: RecordShape, loaded: Int, seed: UInt64) {
        self.shape = shape
        threadCount = max(1, loaded / Self.postsPerThread)
        texts = Texts(length: Record.fieldLength, seed: seed)
    }

    func key(_ number: Int) -> RecordKey {
        switch shape {
        case .users:
            // Hashed, as YCSB does by default: keys inserted one after another are not neighbours.
            .user("user\(FNV.hash(UInt64(number)) >> 1)")
        case .posts:
            .post(thread: thread(of: number), number: number / threadCount)
        }
    }

    func thread(of number: Int) -> String { "thread\(number % threadCount)" }

    func record(_ number: Int) -> Record {
        let start = Int(truncatingIfNeeded: FNV.hash(UInt64(number)))
        return Record(
            key: key(number), fields: (0..<Record.fieldCount).map { texts[start &+ $0] })
    }

    func text(_ random: inout SplitMix64) -> String { texts[random.below(1024)] }
}
