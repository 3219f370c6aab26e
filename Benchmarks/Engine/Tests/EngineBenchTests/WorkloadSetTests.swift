import ArgumentParser
import Testing

@testable import EngineBench

@Suite struct WorkloadSetTests {
    private func compare(_ arguments: String...) throws -> CompareCommand {
        try CompareCommand.parse(arguments)
    }

    @Test func theSetsAreSmallAndLargeValuesAndMoreDataThanCache() {
        let sets = SetName.allCases.map { $0.workloadSet(entryCount: 2_000_000) }
        #expect(sets.map(\.name) == ["small", "large", "uncached"])
        #expect(sets.map(\.valueBytes) == [100, 400, 400])
        #expect(sets.map(\.dataBytes) == [232_000_000, 832_000_000, 832_000_000])
        #expect(sets.map(\.cacheBytes) == [464_000_000, 1_664_000_000, 104_000_000])
    }

    /// A cache has 4 MiB at least, and a title must not say that data is larger where it is not.
    @Test func aTitleGoesByTheFigures() {
        func title(_ name: SetName, _ entryCount: Int) -> String {
            name.workloadSet(entryCount: entryCount).title
        }
        #expect(title(.small, 2_000_000) == "values of 100 B, everything cached")
        #expect(title(.uncached, 2_000_000) == "values of 400 B, 8 times as much data as cache")
        #expect(title(.uncached, 20_000) == "values of 400 B, 1.98 times as much data as cache")
        #expect(title(.uncached, 1_000) == "values of 400 B, everything cached")
    }

    @Test func allSetsAreMeasuredUnlessSomeAreNamed() throws {
        #expect(try compare().chosenSets.map(\.name) == ["small", "large", "uncached"])
        let named = try compare("--sets", "uncached,small,uncached", "--scale", "0.5")
        #expect(named.chosenSets.map(\.name) == ["uncached", "small"])
        #expect(named.chosenSets.map(\.entryCount) == [1_000_000, 1_000_000])
    }

    @Test func aSizeDescribesOneSetInsteadOfThem() throws {
        let values = try compare("--value-bytes", "1000", "--scale", "0.1").chosenSets
        #expect(
            values == [
                WorkloadSet(
                    name: "custom", entryCount: 200_000, valueBytes: 1_000,
                    cacheBytes: 2 * 200_000 * 1_016)
            ])
        let cache = try compare("--cache-bytes", "5000000").chosenSets
        #expect(cache.map(\.valueBytes) == [100] && cache.map(\.cacheBytes) == [5_000_000])
    }

    @Test(arguments: [
        ["--sets", "small", "--value-bytes", "100"],
        ["--sets", "small", "--cache-bytes", "5000000"],
    ])
    func setsAndSizesExcludeEachOther(arguments: [String]) throws {
        let error = try #require(throws: (any Error).self) {
            try CompareCommand.parse(arguments)
        }
        #expect(CompareCommand.message(for: error).contains("leave out --sets, or them"))
    }

    @Test(arguments: [
        ["--sets", "tiny"], ["--sets", ""], ["--phases", ""],
    ])
    func whatMeasuresNothingIsRefused(arguments: [String]) {
        #expect(throws: (any Error).self) { try CompareCommand.parse(arguments) }
    }

    @Test(arguments: [
        ["--scale", "nan"], ["--scale", "inf"], ["--scale", "1e20"], ["--scale", "0.0004"],
        ["--phase-seconds", "nan"], ["--phase-seconds", "inf"], ["--phase-seconds", "1e11"],
        ["--phase-seconds", "0"], ["--cache-bytes", "0"], ["--cache-bytes", "1048575"],
        ["--cache-bytes", "\(Int.max)"], ["--rounds", "0"], ["--rounds", "\(Int.max)"],
    ])
    func aNumberOutOfItsRangeIsRefused(arguments: [String]) throws {
        let error = try #require(throws: (any Error).self) {
            try CompareCommand.parse(arguments)
        }
        #expect(CompareCommand.message(for: error).contains("\(arguments[0]) is "))
    }

    @Test func theEndsOfTheRangesAreTaken() throws {
        let least = try compare(
            "--scale", "0.0005", "--cache-bytes", "1048576", "--phase-seconds", "0.001")
        #expect(least.chosenSets.map(\.entryCount) == [1_000])
        let most = try compare(
            "--scale", "1000", "--value-bytes", "65536", "--phase-seconds", "86400")
        // A child must take the cache that follows.
        let arguments = most.childArguments(.kvd, most.chosenSets[0], 1)
        _ = try RunOneCommand.parse(Array(arguments.dropFirst()))
    }

    @Test func aChildIsToldItsSet() throws {
        let command = try compare("--scale", "0.25", "--seed", "7", "--phase-seconds", "3")
        for set in command.chosenSets {
            let arguments = command.childArguments(.lmdb, set, 2)
            let child = try RunOneCommand.parse(Array(arguments.dropFirst()))
            #expect(child.engine == .lmdb && child.round == 2)
            #expect(child.folder == command.folder && child.parent == nil)
            #expect(child.workload.seed == 7 && child.workload.phaseSeconds == 3)
            var expected = set
            expected.name = "custom"
            #expect(child.workload.customSet == expected)
        }
    }
}
