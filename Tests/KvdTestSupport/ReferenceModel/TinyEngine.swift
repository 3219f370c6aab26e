public import StorageEngine

extension EngineOptions {
    /// Sizes so small that a few hundred writes rotate logs and fill several levels.
    public static func tiny(
        filesystem: any Filesystem, backgroundWork: BackgroundWork = .inline
    ) -> EngineOptions {
        var options = EngineOptions()
        options.filesystem = filesystem
        options.backgroundWork = backgroundWork
        options.memtableSizeBytes = 16 << 10
        // So few that many commits come to their end, and one or another ends in the middle of them.
        options.logZerosAheadSizeBytes = 1_500
        options.blockSizeBytes = 512
        options.blockCacheSizeBytes = 64 << 10
        options.levelZeroCompactionTrigger = 2
        options.levelZeroSlowdownTrigger = 4
        options.levelZeroStopTrigger = 6
        options.levelOneSizeBytes = 2 << 10
        options.levelSizeMultiplier = 3
        options.tableSizeBytes = 4 << 10
        options.denseGarbageCompactionCount = 8
        options.ioThreadCount = 1
        // Of the tables some have a larger index, and some not.
        options.simulation.indexSizeLimitBytes = 100
        options.simulation.indexPartitionSizeBytes = 50
        options.simulation.manifestRollSizeBytes = 512
        // Small as they are, its blocks have their memory from the pool.
        options.simulation.leastPooledBlockBytes = 128
        return options
    }
}
