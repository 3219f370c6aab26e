import Testing

@testable import EngineBench

@Suite struct WorkloadTests {
    @Test(arguments: [1, 2, 3, 1_000, 4_096, 4_097, 50_000])
    func aPermutationNamesEachNumberOnce(count: Int) {
        let order = Permutation(count: count, seed: 7)
        var seen = Set<UInt64>()
        for index in 0..<count { seen.insert(order[index]) }
        #expect(seen.count == count)
        #expect(seen.allSatisfy { $0 < count })
    }

    @Test(arguments: [1, 0.25, 0.1234567, 1.001])
    func anyScaleHasWholeBatches(scale: Double) {
        let count = Workload.entryCount(atScale: scale)
        #expect(count % Workload.batchEntries == 0)
        #expect(abs(Double(count) / 2e6 - scale) < 0.001)
    }

    @Test func aPermutationFollowsFromItsSeedAlone() {
        func numbers(_ seed: UInt64) -> [UInt64] {
            let order = Permutation(count: 1_000, seed: seed)
            return (0..<1_000).map { order[$0] }
        }
        #expect(numbers(1) == numbers(1))
        #expect(numbers(1) != numbers(2))
        #expect(numbers(1) != numbers(1).sorted())
    }

    @Test func keysSortByNumberAndMissingOnesLieBetween() {
        let key = KeyBuffer()
        defer { withExtendedLifetime(key) {} }
        let first = [UInt8](key.set(255))
        let missing = [UInt8](key.setMissing(255))
        let second = [UInt8](key.set(256))
        #expect([first, missing, second].allSatisfy { $0.count == KeyBuffer.sizeBytes })
        #expect(first.lexicographicallyPrecedes(missing))
        #expect(missing.lexicographicallyPrecedes(second))
    }

    @Test(arguments: [100, 400])
    func valuesRepeatHalfOfThemselves(valueBytes: Int) {
        let values = ValueSource(valueBytes: valueBytes, seed: 3)
        defer { withExtendedLifetime(values) {} }
        let value = [UInt8](values.value(of: 12, generation: 1))
        #expect(value.count == valueBytes)
        for piece in stride(from: 0, to: valueBytes, by: 100) {
            #expect(value[piece..<piece + 50] == value[piece + 50..<piece + 100])
        }
        #expect(value[0..<25] != value[25..<50])
    }

    @Test func valuesFollowFromSeedEntryAndGeneration() {
        let one = ValueSource(valueBytes: 100, seed: 3)
        let same = ValueSource(valueBytes: 100, seed: 3)
        let other = ValueSource(valueBytes: 100, seed: 4)
        defer { withExtendedLifetime((one, same, other)) {} }
        func bytes(_ source: ValueSource, _ number: UInt64, _ generation: UInt64) -> [UInt8] {
            [UInt8](source.value(of: number, generation: generation))
        }
        #expect(bytes(one, 5, 0) == bytes(same, 5, 0))
        #expect(bytes(one, 5, 0) != bytes(other, 5, 0))
        #expect(bytes(one, 5, 0) != bytes(one, 6, 0))
        let changed = (0..<100).filter { bytes(one, $0, 0) != bytes(one, $0, 1) }
        #expect(changed.count > 90)
    }
}
