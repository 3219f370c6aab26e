extension EngineOptions {
    /// The bounds of one option that is a number.
    private struct Bounds: Sendable {
        let name: String
        let value: any KeyPath<EngineOptions, Int> & Sendable
        let range: ClosedRange<Int>
        /// The range as the table at ``EngineOptions`` writes it.
        let text: String
    }

    private static let bounds = [
        Bounds(
            name: "memtableSizeBytes", value: \.memtableSizeBytes, range: 4 << 10...1 << 30,
            text: "4 KiB to 1 GiB"),
        Bounds(
            name: "logZerosAheadSizeBytes", value: \.logZerosAheadSizeBytes, range: 0...64 << 20,
            text: "0 B to 64 MiB"),
        Bounds(
            name: "waitingMemtableLimit", value: \.waitingMemtableLimit, range: 1...64,
            text: "1 to 64"),
        Bounds(
            name: "blockSizeBytes", value: \.blockSizeBytes, range: 256...1 << 20,
            text: "256 B to 1 MiB"),
        Bounds(
            name: "blockCacheSizeBytes", value: \.blockCacheSizeBytes, range: 0...1 << 40,
            text: "0 B to 1 TiB"),
        Bounds(
            name: "bloomBitsPerKey", value: \.bloomBitsPerKey, range: 0...32, text: "0 to 32"),
        Bounds(
            name: "bloomBitsPerKeyLimit", value: \.bloomBitsPerKeyLimit, range: 0...32,
            text: "0 to 32"),
        Bounds(
            name: "levelZeroCompactionTrigger", value: \.levelZeroCompactionTrigger,
            range: 1...10_000, text: "1 to 10000"),
        Bounds(
            name: "levelZeroSlowdownTrigger", value: \.levelZeroSlowdownTrigger, range: 2...20_000,
            text: "2 to 20000, above the trigger"),
        Bounds(
            name: "levelZeroStopTrigger", value: \.levelZeroStopTrigger, range: 2...20_000,
            text: "2 to 20000, not below the slowdown"),
        Bounds(
            name: "delayedWriteBytesPerSecond", value: \.delayedWriteBytesPerSecond,
            range: 64 << 10...64 << 30, text: "64 KiB to 64 GiB"),
        Bounds(
            name: "levelOneSizeBytes", value: \.levelOneSizeBytes, range: 1...1 << 50,
            text: "1 B to 1 PiB"),
        Bounds(
            name: "levelSizeMultiplier", value: \.levelSizeMultiplier, range: 2...1_000,
            text: "2 to 1000"),
        // Further sizes are small multiples of this one, so it stays far from overflow.
        Bounds(
            name: "tableSizeBytes", value: \.tableSizeBytes, range: 1 << 10...16 << 30,
            text: "1 KiB to 16 GiB"),
        Bounds(
            name: "garbageCompactionPercent", value: \.garbageCompactionPercent, range: 1...100,
            text: "1 to 100"),
        Bounds(
            name: "denseGarbageCompactionCount", value: \.denseGarbageCompactionCount,
            range: 1...1_000_000_000, text: "1 to 1000000000"),
        Bounds(name: "ioThreadCount", value: \.ioThreadCount, range: 1...64, text: "1 to 64"),
    ]

    /// Throws ``EngineError/invalidArgument(_:)`` naming the first option out of its bounds.
    func validate() throws(EngineError) {
        func require(_ holds: Bool, _ message: String) throws(EngineError) {
            if !holds { throw .invalidArgument(message) }
        }
        for bounds in Self.bounds {
            let value = self[keyPath: bounds.value]
            try require(
                bounds.range.contains(value), "\(bounds.name) must be \(bounds.text), not \(value)")
        }
        // Writers that slowed down while no compaction is due would wait for nothing.
        try require(
            levelZeroSlowdownTrigger > levelZeroCompactionTrigger,
            "levelZeroSlowdownTrigger must exceed levelZeroCompactionTrigger")
        try require(
            levelZeroStopTrigger >= levelZeroSlowdownTrigger,
            "levelZeroStopTrigger must not be below levelZeroSlowdownTrigger")
        try require(
            slowDiskThreshold >= .milliseconds(1) && slowDiskThreshold <= .seconds(3_600),
            "slowDiskThreshold must be 1 ms to 1 h, not \(slowDiskThreshold)")
        if case .interval(let duration) = durability {
            // A clock's arithmetic overflows on a duration without end.
            try require(
                duration >= .milliseconds(1) && duration <= .seconds(86_400),
                "the interval of durability must be 1 ms to 24 h, not \(duration)")
            try require(
                backgroundWork == .threads || simulation.endsIntervalsByCall,
                "durability at an interval needs backgroundWork threads: inline, nothing syncs")
        }
    }
}
