import KvdTestSupport
@testable import StorageEngine

/// A range tombstone as a test names it.
struct Removal: Equatable {
    let lower: [UInt8]
    let upper: [UInt8]
    let sequence: UInt64

    init(_ lower: [UInt8], _ upper: [UInt8], _ sequence: UInt64) {
        self.lower = lower
        self.upper = upper
        self.sequence = sequence
    }

    /// Of the two-byte keys from `lower` to before `upper`.
    init(_ lower: Int, _ upper: Int, _ sequence: UInt64) {
        self.init(TableShape.key(lower), TableShape.key(upper), sequence)
    }

    func covers(_ key: [UInt8]) -> Bool {
        !Version.precedes(key, lower) && Version.precedes(key, upper)
    }

    /// A random one over short keys of few letters, so that ends meet often.
    static func random(_ random: inout SeededRandom, sequence: UInt64) -> Removal {
        while true {
            let (left, right) = (key(&random), key(&random))
            if Version.precedes(left, right) { return Removal(left, right, sequence) }
        }
    }

    static func key(_ random: inout SeededRandom) -> [UInt8] {
        (0..<random.int(in: 0...3)).map { _ in UInt8(random.int(in: 0...2)) }
    }

    /// Every key that ``key(_:)`` can return.
    static let allKeys: [[UInt8]] = {
        var keys: [[UInt8]] = [[]]
        for _ in 0..<3 {
            keys += keys.flatMap { key in (0...2).map { key + [UInt8($0)] } }
        }
        return Array(Set(keys)).sorted { Version.precedes($0, $1) }
    }()
}

extension RangeTombstoneList {
    static func of(_ removals: [Removal]) -> RangeTombstoneList? {
        let keys = OutputBuffer()
        var places: [(lower: Int, upper: Int)] = []
        for removal in removals {
            let lower = keys.count
            keys.append(removal.lower)
            places.append((lower, keys.count))
            keys.append(removal.upper)
        }
        return withExtendedLifetime(keys) {
            RangeTombstoneFragmenter.fragment(
                zip(removals, places).map { removal, place in
                    RangeTombstone(
                        lower: UnsafeRawBufferPointer(
                            start: keys.base + place.lower, count: removal.lower.count),
                        upper: UnsafeRawBufferPointer(
                            start: keys.base + place.upper, count: removal.upper.count),
                        sequence: removal.sequence)
                })
        }
    }

    /// Each fragment as many removals as it has sequences.
    var removals: [Removal] {
        tombstones.map { Removal([UInt8]($0.lower), [UInt8]($0.upper), $0.sequence) }
    }

    func newest(over key: [UInt8], atMost limit: UInt64) -> UInt64 {
        key.withUnsafeBytes { newestSequence(covering: $0, atMost: limit) }
    }
}
