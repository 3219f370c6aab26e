import KvdTestSupport
@testable import StorageEngine
import Testing

@Suite("Heads of keys")
struct KeyHeadsTests {
    /// Keys that share prefixes of any length, with bytes at both ends of their range.
    private static func key(_ random: inout SeededRandom) -> [UInt8] {
        let stem = ["", "a", "orders#", "orders#2026-11-25#"].randomElement(using: &random) ?? ""
        var key = [UInt8](stem.utf8)
        for _ in 0..<Int.random(in: 0...10, using: &random) {
            key.append([0, 0, 1, 255].randomElement(using: &random) ?? 0)
        }
        return key
    }

    private static func order(_ left: [UInt8], _ right: [UInt8]) -> Int {
        left.withUnsafeBytes { left in right.withUnsafeBytes { compareKeys(left, $0) } }
    }

    @Test("What is decided without the keys is right, and only equal heads are left open")
    func undecided() {
        var random = SeededRandom.fromEnvironment("KeyHeadsTests.undecided")
        for _ in 0..<500 {
            let count = Int.random(in: 1...40, using: &random)
            let keys = (0..<count).map { _ in Self.key(&random) }
                .sorted { Self.order($0, $1) < 0 }
            let first = keys[0]
            let last = keys[count - 1]
            let shared = first.withUnsafeBytes { first in
                last.withUnsafeBytes { commonPrefixCount(first, $0) }
            }
            let heads = keys.map { key in key.withUnsafeBytes { KeyHeads.head($0, from: shared) } }
            for probe in keys + (0..<20).map({ _ in Self.key(&random) }) {
                let open = first[..<shared].withUnsafeBytes { prefix in
                    heads.withUnsafeBufferPointer { heads in
                        probe.withUnsafeBytes { probe in
                            heads.baseAddress.map {
                                KeyHeads(prefix: prefix, heads: $0, count: count).undecided(probe)
                            } ?? 0..<0
                        }
                    }
                }
                for index in 0..<open.lowerBound {
                    #expect(Self.order(keys[index], probe) < 0)
                }
                for index in open.upperBound..<count {
                    #expect(Self.order(keys[index], probe) > 0)
                }
                if !open.isEmpty {
                    let head = probe.withUnsafeBytes { KeyHeads.head($0, from: shared) }
                    #expect(open.allSatisfy { heads[$0] == head })
                }
            }
        }
    }
}
