/// The bytes of one simulated file: what readers see, what the platter holds for certain, and the
/// writes between the two.
struct SimulatedFile: Sendable {
    /// The unit in which a disk writes; within one, a crash leaves one moment's bytes.
    static let sectorSizeBytes = 512

    struct Write: Sendable {
        let offset: Int
        let bytes: [UInt8]
        /// The file's length once this write was done.
        let sizeAfter: Int
    }

    /// What reads return.
    private(set) var cached: [UInt8] = []
    /// What the last successful sync left.
    private(set) var durable: [UInt8] = []
    /// The writes since then, oldest first.
    private(set) var unsynced: [Write] = []

    init(contents: [UInt8] = []) {
        cached = contents
        durable = contents
    }

    mutating func write(_ bytes: [UInt8], at offset: Int) {
        guard !bytes.isEmpty else { return }
        Self.put(bytes[...], at: offset, into: &cached)
        unsynced.append(Write(offset: offset, bytes: bytes, sizeAfter: cached.count))
    }

    mutating func sync() {
        for write in unsynced { Self.put(write.bytes[...], at: write.offset, into: &durable) }
        unsynced.removeAll()
    }

    /// A sync that failed: the kernel reports the error once, marks the pages clean and never
    /// writes them again, though reads still return them from the cache.
    ///
    /// Source: Rebello et al., "Can applications recover from fsync failures?", USENIX ATC 2020.
    mutating func loseUnsynced(_ random: inout SeededRandom) {
        durable = survivor(.sectors, &random)
        unsynced.removeAll()
    }

    /// Overwrites one byte in the cache and on the platter, as a decaying medium does.
    mutating func flip(at offset: Int, mask: UInt8) {
        if offset < cached.count { cached[offset] ^= mask }
        if offset < durable.count { durable[offset] ^= mask }
    }

    /// The contents after a crash now.
    func survivor(_ policy: CrashPolicy.Data, _ random: inout SeededRandom) -> [UInt8] {
        switch policy {
        case .lost: return durable
        case .kept: return replaying(prefix: unsynced.count)
        case .prefix:
            let count = random.int(in: 0...unsynced.count)
            var contents = replaying(prefix: count)
            if count < unsynced.count {
                let torn = unsynced[count]
                let kept = random.int(in: 0...torn.bytes.count)
                Self.put(torn.bytes[..<kept], at: torn.offset, into: &contents)
            }
            return contents
        case .sectors: return survivingSectors(&random)
        }
    }

    private func replaying(prefix count: Int) -> [UInt8] {
        var contents = durable
        for write in unsynced[..<count] {
            Self.put(write.bytes[...], at: write.offset, into: &contents)
        }
        return contents
    }

    /// Each sector picks the number of writes it saw before it last reached the platter.
    private func survivingSectors(_ random: inout SeededRandom) -> [UInt8] {
        guard !unsynced.isEmpty else { return durable }
        var contents = durable
        var writesSeen: [Int: Int] = [:]
        for (index, write) in unsynced.enumerated() {
            var start = 0
            while start < write.bytes.count {
                let sector = (write.offset + start) / Self.sectorSizeBytes
                let sectorEnd = (sector + 1) * Self.sectorSizeBytes - write.offset
                let end = min(sectorEnd, write.bytes.count)
                let seen = writesSeen[sector] ?? moment(&random)
                writesSeen[sector] = seen
                if index < seen {
                    Self.put(write.bytes[start..<end], at: write.offset + start, into: &contents)
                }
                start = end
            }
        }
        let size = survivingSize(&random)
        if contents.count > size { contents.removeLast(contents.count - size) }
        if contents.count < size {
            contents.append(contentsOf: repeatElement(0, count: size - contents.count))
        }
        return contents
    }

    /// A number of writes, with the ends as likely as all that lies between.
    private func moment(_ random: inout SeededRandom) -> Int {
        switch random.int(in: 0..<3) {
        case 0: 0
        case 1: unsynced.count
        default: random.int(in: 0...unsynced.count)
        }
    }

    private func survivingSize(_ random: inout SeededRandom) -> Int {
        let seen = moment(&random)
        let size = seen == 0 ? durable.count : unsynced[seen - 1].sizeAfter
        guard seen < unsynced.count, random.chance(1, in: 3) else { return size }
        return random.int(in: size...max(size, unsynced[seen].sizeAfter))
    }

    private static func put(_ bytes: ArraySlice<UInt8>, at offset: Int, into file: inout [UInt8]) {
        if offset + bytes.count > file.count {
            if file.count < offset {
                file.append(contentsOf: repeatElement(0, count: offset - file.count))
            }
            file.removeLast(file.count - offset)
            file.append(contentsOf: bytes)
        } else {
            file.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
    }
}
