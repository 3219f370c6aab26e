import Glibc
public import StorageEngine

/// A disk in memory that can lose power, tear writes and fail at the n-th call.
///
/// ## What it models
/// - Bytes are certain once the file's `sync()` returned, names once `syncFolder(_:)` of their
///   folder did. A name is not made durable by a sync of its file: POSIX does not promise it.
/// - ``crash(at:)`` stops the machine inside the n-th call; ``restart(_:choice:)`` gives the disk
///   that comes up again. The same crash can be restarted under many policies and choices, each
///   of them a legal outcome.
/// - ``fail(at:code:)`` lets one call fail. A sync that failed loses what it should have written
///   for good, as kernels do, while reads still return it from the cache.
/// - Folder locks die with the machine.
///
/// Every call is numbered from 1 and shown to the hook, if there is one, before it is carried out;
/// the hook may hold it back. Given the same calls in the same order, the outcome follows from the
/// seed alone.
///
/// ## Thread safety
/// All state is behind one lock; a hook runs outside it.
public final class SimulatedFilesystem: Filesystem {
    private struct State: ~Copyable {
        var disk: SimulatedDisk
        var random: SeededRandom
        var callCount = 0
        var isCrashed = false
        var verdicts: [Int: FilesystemVerdict] = [:]
        var hook: FilesystemHook?
        var recorded: [FilesystemCall]?
        var locks: [String: Int] = [:]
        var nextLock = 1
        var availableBytes: Int?
    }

    private let state: Locked<State>
    private let seed: UInt64

    /// An empty disk.
    ///
    /// - Parameter seed: What every choice of this disk, and of those restarted from it, follows
    ///   from.
    public convenience init(seed: UInt64) {
        self.init(disk: SimulatedDisk(), seed: seed)
    }

    private init(disk: SimulatedDisk, seed: UInt64) {
        self.seed = seed
        state = Locked(State(disk: disk, random: SeededRandom(seed: seed)))
    }

    // MARK: Faults

    /// The number of calls so far, failed ones included.
    public var callCount: Int { state.withLock { $0.callCount } }

    /// Whether a crash has happened; every call fails from then on.
    public var isCrashed: Bool { state.withLock { $0.isCrashed } }

    /// Stops the machine inside call number `number`.
    public func crash(at number: Int) {
        state.withLock { $0.verdicts[number] = .crash }
    }

    /// Stops the machine now, between two calls.
    public func crash() {
        state.withLock { $0.isCrashed = true }
    }

    /// Lets call number `number`, and no other, fail with `code`.
    public func fail(at number: Int, code: Int32) {
        state.withLock { $0.verdicts[number] = .fail(code: code) }
    }

    /// Lets the disk say that it has so much room, though it has no end; nil for not saying.
    public func setAvailableBytes(_ count: Int?) {
        state.withLock { $0.availableBytes = count }
    }

    public func availableBytes(in folder: String) -> Int? {
        state.withLock { $0.availableBytes }
    }

    /// Shows every later call to `hook`, whose verdict counts where no fault was set for its
    /// number; nil takes the hook away.
    public func setHook(_ hook: FilesystemHook?) {
        state.withLock { $0.hook = hook }
    }

    /// Starts to keep the list of calls anew.
    public func recordCalls() {
        state.withLock { $0.recorded = [] }
    }

    /// The calls since ``recordCalls()``.
    public var recordedCalls: [FilesystemCall] { state.withLock { $0.recorded ?? [] } }

    /// The disk that a machine finds when it starts again, after a crash or, where none has
    /// happened yet, after one now.
    ///
    /// - Parameters:
    ///   - policy: Which of the unsynced things survive.
    ///   - choice: Tells outcomes of the same policy apart.
    /// - Returns: A new disk without faults, hook and locks; this one stays crashed, and can be
    ///   restarted again with another policy or choice.
    public func restart(_ policy: CrashPolicy, choice: UInt64 = 0) -> SimulatedFilesystem {
        let stream = XXHash64.hash(Array("\(policy) \(choice)".utf8))
        var random = SeededRandom(seed: seed).split(stream)
        let disk = state.withLock { state in
            state.isCrashed = true
            return state.disk
        }
        return SimulatedFilesystem(disk: disk.survivor(policy, &random), seed: random.next())
    }

    // MARK: A test's own view, which is not counted and never fails by plan

    /// The bytes of a file as readers see them.
    public func contents(of path: String) throws(FilesystemError) -> [UInt8] {
        try inspect(path) { (disk, file) in disk.contents(file) }
    }

    /// The bytes of a file that are certain to survive a crash.
    public func durableContents(of path: String) throws(FilesystemError) -> [UInt8] {
        try inspect(path) { (disk, file) in disk.durableContents(file) }
    }

    /// The names in a folder, sorted.
    public func names(in folder: String) throws(FilesystemError) -> [String] {
        try state.withLock { (state) throws(FilesystemError) in
            do throws(SimulatedDisk.Failure) {
                return try state.disk.list(folder)
            } catch {
                throw FilesystemError(code: error.code, operation: "names", path: folder)
            }
        }
    }

    /// Flips the bits of `mask` in one byte of a file, in the cache and on the platter.
    public func corrupt(
        _ path: String, at offset: Int, mask: UInt8 = 0xFF
    ) throws(FilesystemError) {
        try inspect(path) { (disk, file) in disk.flip(file, at: offset, mask: mask) }
    }

    /// Gives a file other contents, as if they had always been there.
    public func replaceContents(
        of path: String, with contents: [UInt8]
    ) throws(FilesystemError) {
        try inspect(path) { (disk, file) in disk.replace(file, with: contents) }
    }

    /// Creates a folder whose name is not synced, as a process leaves it that dies in between.
    public func leaveFolder(_ path: String) throws(FilesystemError) {
        try state.withLock { (state) throws(FilesystemError) in
            do throws(SimulatedDisk.Failure) {
                try state.disk.createFolder(path, isDurable: false)
            } catch {
                throw FilesystemError(code: error.code, operation: "leaveFolder", path: path)
            }
        }
    }

    private func inspect<Result: Sendable>(
        _ path: String, _ body: (inout SimulatedDisk, Int) -> Result
    ) throws(FilesystemError) -> Result {
        try state.withLock { (state) throws(FilesystemError) in
            do throws(SimulatedDisk.Failure) {
                let file = try state.disk.file(path)
                return body(&state.disk, file)
            } catch {
                throw FilesystemError(code: error.code, operation: "inspect", path: path)
            }
        }
    }

    // MARK: Filesystem

    public func createFolder(_ path: String) throws(FilesystemError) {
        try perform(.createFolder, path) { (disk, fate) throws(SimulatedDisk.Failure) in
            if fate.takesEffect {
                try disk.createFolder(path, isDurable: fate.verdict == .run)
            }
        }
    }

    public func list(_ folder: String) throws(FilesystemError) -> [String] {
        try perform(.list, folder) { (disk, fate) throws(SimulatedDisk.Failure) in
            // An engine must not lean on an order that real folders do not have.
            try disk.list(folder).shuffled(using: &fate.random)
        }
    }

    public func open(_ path: String, _ mode: OpenMode) throws(FilesystemError) -> any FileHandle {
        let file: Int
        switch mode {
        case .create:
            file = try perform(.create, path) { (disk, fate) throws(SimulatedDisk.Failure) in
                fate.takesEffect ? try disk.createFile(path) : 0
            }
        case .read, .update:
            file = try perform(.open, path) { (disk, _) throws(SimulatedDisk.Failure) in
                try disk.file(path)
            }
        }
        let isWritable = if case .read = mode { false } else { true }
        return SimulatedFileHandle(
            filesystem: self, file: file, path: path, isWritable: isWritable)
    }

    public func rename(_ from: String, to newPath: String) throws(FilesystemError) {
        try perform(.rename, from) { (disk, fate) throws(SimulatedDisk.Failure) in
            if fate.takesEffect { try disk.rename(from, to: newPath) }
        }
    }

    public func link(_ from: String, to newPath: String) throws(FilesystemError) {
        try perform(.link, from) { (disk, fate) throws(SimulatedDisk.Failure) in
            if fate.takesEffect { try disk.link(from, to: newPath) }
        }
    }

    public func remove(_ path: String) throws(FilesystemError) {
        try perform(.remove, path) { (disk, fate) throws(SimulatedDisk.Failure) in
            if fate.takesEffect { try disk.remove(path) }
        }
    }

    public func syncFolder(_ path: String) throws(FilesystemError) {
        try perform(.syncFolder, path) { (disk, fate) throws(SimulatedDisk.Failure) in
            switch fate.verdict {
            case .run: try disk.syncFolder(path)
            case .fail(EMFILE): break
            case .fail: try disk.failSyncFolder(path, &fate.random)
            case .crash: break
            }
        }
    }

    /// Locks, and creates an empty lock file where there is none, as a POSIX lock needs one.
    public func lock(_ path: String) throws(FilesystemError) -> (any FolderLock)? {
        try perform(.lock, path) { (disk, fate) throws(SimulatedDisk.Failure) in
            guard fate.takesEffect else { return }
            do throws(SimulatedDisk.Failure) {
                _ = try disk.createFile(path)
            } catch {
                guard error.code == EEXIST || error.code == EISDIR else { throw error }
            }
        }
        let identifier: Int? = state.withLock { state in
            guard !state.isCrashed, state.locks[path] == nil else { return nil }
            state.nextLock += 1
            state.locks[path] = state.nextLock
            return state.nextLock
        }
        return identifier.map { SimulatedLock(filesystem: self, path: path, identifier: $0) }
    }

    func unlock(_ path: String, identifier: Int) {
        state.withLock { state in
            if state.locks[path] == identifier { state.locks[path] = nil }
        }
    }

    // MARK: One call

    /// How one call ends, and the draws it may make.
    struct Fate {
        let verdict: FilesystemVerdict
        var random: SeededRandom

        /// Whether a change that cannot be halved happens: a call in which the machine stops may
        /// have done it or not.
        var takesEffect: Bool {
            mutating get {
                switch verdict {
                case .run: true
                case .fail: false
                case .crash: random.chance(1, in: 2)
                }
            }
        }
    }

    /// Numbers a call, asks for its fate, and lets `body` carry out what that fate allows.
    func perform<Result: Sendable>(
        _ kind: FilesystemCall.Kind, _ path: String, offset: Int = 0, byteCount: Int = 0,
        _ body: (inout SimulatedDisk, inout Fate) throws(SimulatedDisk.Failure) -> Result
    ) throws(FilesystemError) -> Result {
        let (call, hook, planned) = try begin(
            kind, path, offset: offset, byteCount: byteCount)
        let verdict = planned ?? hook?(call) ?? .run
        return try state.withLock { (state) throws(FilesystemError) in
            if state.isCrashed { throw Self.error(EIO, call) }
            let stream = state.random.split(UInt64(call.number))
            var fate = Fate(verdict: verdict, random: stream)
            if verdict == .crash { state.isCrashed = true }
            do throws(SimulatedDisk.Failure) {
                let result = try body(&state.disk, &fate)
                switch verdict {
                case .run: return result
                case .fail(let code): throw SimulatedDisk.Failure(code: code)
                case .crash: throw SimulatedDisk.Failure(code: EIO)
                }
            } catch {
                throw Self.error(error.code, call)
            }
        }
    }

    private func begin(
        _ kind: FilesystemCall.Kind, _ path: String, offset: Int, byteCount: Int
    ) throws(FilesystemError) -> (FilesystemCall, FilesystemHook?, FilesystemVerdict?) {
        try state.withLock { (state) throws(FilesystemError) in
            let call = FilesystemCall(
                number: state.callCount + 1, kind: kind, path: path, offset: offset,
                byteCount: byteCount)
            if state.isCrashed { throw Self.error(EIO, call) }
            state.callCount += 1
            state.recorded?.append(call)
            return (call, state.hook, state.verdicts[call.number])
        }
    }

    private static func error(_ code: Int32, _ call: FilesystemCall) -> FilesystemError {
        // Without a descriptor a folder can not be opened for its sync, which is not tried then.
        let isNotTried = call.kind == .syncFolder && code == EMFILE
        return FilesystemError(
            code: code, operation: isNotTried ? "open" : call.kind.rawValue, path: call.path)
    }
}
