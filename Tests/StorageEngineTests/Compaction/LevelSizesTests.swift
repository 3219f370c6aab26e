import KvdTestSupport
@testable import StorageEngine
import Testing

@Suite("Sizes of levels, from the largest upward")
struct LevelSizesTests {
    private static let options: EngineOptions = {
        var options = EngineOptions()
        options.levelOneSizeBytes = 100
        options.levelSizeMultiplier = 10
        return options
    }()

    private static func sizes(_ sizes: [Int]) -> LevelSizes {
        LevelSizes(sizes: sizes, options: options)
    }

    @Test("A small database has one level below level 0, the last")
    func small() {
        for last in [0, 1, 999] {
            let sizes = Self.sizes([5000, 0, 0, 0, 0, 0, last])
            #expect(sizes.baseLevel == 6)
            #expect(sizes.targetBytes == [0, 0, 0, 0, 0, 0, .max])
        }
    }

    @Test("A level is begun above once a tenth of the one below is worth it")
    func grown() {
        let two = Self.sizes([0, 0, 0, 0, 0, 0, 1000])
        #expect(two.baseLevel == 5)
        #expect(two.targetBytes == [0, 0, 0, 0, 0, 100, .max])
        let three = Self.sizes([0, 0, 0, 0, 0, 700, 25_000])
        #expect(three.baseLevel == 4)
        #expect(three.targetBytes == [0, 0, 0, 0, 250, 2500, .max])
        // Seven levels are all there are.
        let all = Self.sizes([0, 0, 0, 0, 0, 0, 1_000_000_000_000])
        #expect(all.baseLevel == 1)
        #expect(all.targetBytes[1] == 10_000_000)
    }

    @Test("Level 0 never passes a level that holds something, which is emptied")
    func drained() {
        let sizes = Self.sizes([0, 0, 30, 0, 0, 0, 1000])
        #expect(sizes.baseLevel == 2)
        #expect(sizes.targetBytes[2] == 0)
        // A database whose levels were once filled from the top.
        let old = Self.sizes([0, 90, 600, 0, 0, 0, 0])
        #expect(old.baseLevel == 1)
        #expect(old.targetBytes == [0, 0, 0, 0, 0, 0, .max])
    }

    @Test("Full levels above the last hold a ninth of it at most")
    func spaceAmplification() {
        var random = SeededRandom.fromEnvironment("LevelSizesTests.spaceAmplification")
        for _ in 0..<1000 {
            let last = random.int(in: 0...1_000_000_000)
            let sizes = Self.sizes([0, 0, 0, 0, 0, 0, last])
            let above = sizes.targetBytes[1..<6].reduce(0, +)
            #expect(above * 9 <= last)
        }
    }
}
