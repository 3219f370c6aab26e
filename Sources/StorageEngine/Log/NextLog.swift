internal import Synchronization

/// The file of the log after the current one, made ready while that one fills: created, entered into
/// its folder and with its first zeros, so that the first group of the next log need not wait for
/// that.
///
/// It has no header before its first group, and no later log names it as its predecessor before
/// that; so what a crash leaves of it is a log that holds nothing. Whoever needs the next log before
/// it is ready makes it himself.
final class NextLog: Sendable {
    private struct State {
        var isAskedFor = false
        var ready: LogFile?
        /// The number of the log that was taken last.
        var lastNumber: UInt64 = 0
    }

    private let versions: VersionSet
    private let options: EngineOptions
    private let state = Mutex(State())

    init(versions: VersionSet, options: EngineOptions) {
        self.versions = versions
        self.options = options
    }

    func request() { state.withLock { $0.isAskedFor = true } }

    /// Makes the file where one was asked for and is not there yet. One thread at a time does it.
    ///
    /// Throws where the folder could not be synced: other names that were on their way may be lost
    /// with it. What else fails touches the file alone, which holds nothing; whoever needs a log finds
    /// out himself what is wrong with the disk.
    func prepareIfAskedFor() throws(EngineError) {
        guard state.withLock({ $0.isAskedFor && $0.ready == nil }) else { return }
        let file = makeFile()
        do {
            try file.fillAhead()
            try file.enterFolder()
        } catch {
            file.removeUnused()
            if case .io(let failure) = error, failure.isFailedSync(ofFolder: versions.folder) {
                throw error
            }
            return state.withLock { $0.isAskedFor = false }
        }
        let isTooLate = state.withLock { state in
            // Logs follow each other in the order of their numbers.
            if file.number < state.lastNumber { return true }
            state.ready = file
            return false
        }
        if isTooLate { file.removeUnused() }
    }

    /// The file of the next log, ready or not.
    func take() -> LogFile {
        state.withLock { state in
            let file = state.ready ?? makeFile()
            state = State(lastNumber: file.number)
            return file
        }
    }

    /// Takes back a file that was taken and not used.
    func giveBack(_ file: LogFile) { state.withLock { $0.ready = file } }

    /// Takes away what nobody will need any more.
    func discard() {
        state.withLock { state in
            defer { state.ready = nil }
            return state.ready
        }?.removeUnused()
    }

    private func makeFile() -> LogFile {
        LogFile(number: versions.newFileNumber(), folder: versions.folder, options: options)
    }
}
