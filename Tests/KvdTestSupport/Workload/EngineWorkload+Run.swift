import StorageEngine

extension EngineWorkload {
    /// An engine that plays steps, and how far it came.
    struct Run {
        let options: EngineOptions
        private(set) var progress = Progress()
        private(set) var engine: Engine?
        private var snapshot: Snapshot?
        /// The sequence of each commit that was applied.
        private var sequences: [UInt64] = []

        init(options: EngineOptions) {
            self.options = options
        }

        mutating func open() throws(EngineError) {
            engine = try Engine.open(folder: EngineWorkload.folder, options: options)
        }

        mutating func reopen() throws(EngineError) {
            let old = engine
            engine = nil
            snapshot = nil
            try old?.close()
            noteSynced()
            try open()
        }

        mutating func note(_ error: EngineError) { progress.errors.append(error) }

        mutating func play(_ step: Step) throws(EngineError) {
            guard let engine else { return }
            defer { noteDurable(engine.durableSequence) }
            switch step {
            case .commit(let changes):
                try write(engine) { () throws(EngineError) in try engine.commit(changes) }
                progress.acknowledged = progress.applied
            case .submit(let changes):
                try write(engine) { () throws(EngineError) in
                    _ = try engine.submit(WriteBatch(changes), mayBlock: true)
                }
            case .flush:
                try engine.flush()
                noteSynced()
            case .compact:
                try engine.compactAll()
                noteSynced()
            case .endInterval:
                guard case .interval = options.durability else { return }
                try engine.endInterval()
                noteSynced()
            case .takeSnapshot: snapshot = engine.snapshot()
            case .releaseSnapshot: snapshot = nil
            case .reopen: preconditionFailure("a reopen replaces the engine")
            }
        }

        private mutating func write(
            _ engine: Engine, _ body: () throws(EngineError) -> Void
        ) throws(EngineError) {
            let sequence = engine.appliedSequence
            // A commit that can not be made durable was taken all the same.
            defer {
                if engine.appliedSequence > sequence { sequences.append(engine.appliedSequence) }
                progress.applied = sequences.count
            }
            do throws(EngineError) {
                try body()
            } catch {
                progress.commitErrors.append(error)
                throw error
            }
        }

        /// All was written to tables, or the log was synced.
        private mutating func noteSynced() {
            progress.acknowledged = progress.applied
            progress.synced = progress.applied
        }

        /// What reads may show counts as acknowledged, though no commit has returned yet.
        private mutating func noteDurable(_ sequence: UInt64) {
            while progress.acknowledged < sequences.count,
                sequences[progress.acknowledged] <= sequence
            {
                progress.acknowledged += 1
            }
            if options.durability == .synced { progress.synced = progress.acknowledged }
        }
    }
}
