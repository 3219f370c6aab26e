internal import CBenchShims
internal import Foundation
internal import ProcessMeasuring

/// An engine open in a folder of its own, and what is known about its contents.
///
/// ## Invariant
/// Every phase but fillrandom and readsettled begins with all entries merged into their final place
/// (`isCompacted`), so that a phase's result does not depend on which others were chosen.
final class FilledDatabase {
    let kind: EngineKind
    let workload: Workload
    private(set) var settings: EngineSettings
    private(set) var engine: any BenchedEngine
    /// The highest number of times that an entry has been written.
    var generation: UInt64 = 0
    var isCompacted = false
    /// Whether reads find what they need in the cache.
    var isWarm = false

    /// Makes the folder, in one that is there, and opens an empty database in it.
    ///
    /// - Throws: The engine's error, or Foundation's, also where the folder is there already.
    init(_ kind: EngineKind, workload: Workload, settings: EngineSettings) throws {
        self.kind = kind
        self.workload = workload
        self.settings = settings
        try FileManager.default.createDirectory(
            atPath: settings.folder, withIntermediateDirectories: false)
        engine = try kind.open(settings)
    }

    /// Closes, and gives back what the allocator keeps of it: memory of one phase is no other's.
    func close() throws {
        try engine.close()
        bench_trim_memory()
    }

    /// - Parameter folder: Where its files were copied to; by default where they were.
    func openAgain(folder: String? = nil) throws {
        if let folder { settings.folder = folder }
        engine = try kind.open(settings)
    }

    /// Closes and opens for other phases, with an empty cache.
    ///
    /// - Parameter gathersWrites: See ``EngineSettings/gathersWrites``.
    func reopen(cacheBytes: Int, gathersWrites: Bool) throws {
        try close()
        settings.cacheBytes = cacheBytes
        settings.gathersWrites = gathersWrites
        engine = try kind.open(settings)
        isWarm = false
    }

    /// Removes it, and stands for a copy of its folder, which is not open yet.
    func replace(by copy: String) throws {
        try remove()
        settings.folder = copy
    }

    /// Closes, and removes the folder.
    func remove() throws {
        try close()
        try FileManager.default.removeItem(atPath: settings.folder)
    }

    /// Writes every entry in the fill's random order, in batches.
    func fillUntimed(from first: Int = 0) throws {
        let session = try engine.makeSession()
        defer { session.close() }
        let order = workload.order(Stream.fill)
        let key = KeyBuffer()
        defer { withExtendedLifetime(key) {} }
        for index in first..<workload.entryCount {
            let number = order[index]
            try session.addToBatch(
                key.set(number), workload.values.value(of: number, generation: 0))
            if (index + 1) % Workload.batchEntries == 0 { try session.commitBatch() }
        }
        try session.commitBatch()
    }

    /// Waits until the background work is over.
    ///
    /// - Returns: Seconds until it ended.
    @discardableResult
    func settle() throws -> Double { try waitUntilSettled(kind.displayName) }

    /// Reads everything once by a walk, and every eighth key by a get, so that a cache that is large
    /// enough holds all that gets and walks use.
    func warm() throws {
        // As many sessions as a phase has: SQLite's have a cache each.
        let count = kind == .sqlite ? 2 : 1
        let sessions = try (0..<count).map { _ in try engine.makeSession() }
        defer { for session in sessions { session.close() } }
        for session in sessions { try warm(session) }
        isWarm = true
    }

    private func warm(_ session: any EngineSession) throws {
        let count = try session.scan(from: nil, limit: .max)
        guard count == workload.entryCount else {
            throw PeerError("\(kind.displayName) holds \(count) of \(workload.entryCount) entries")
        }
        let key = KeyBuffer()
        defer { withExtendedLifetime(key) {} }
        for number in stride(from: 0, to: workload.entryCount, by: 8) {
            _ = try session.get(key.set(UInt64(number)))
        }
    }

    /// Compares a thousand values, byte for byte, with what was written last.
    ///
    /// - Parameters:
    ///   - oldest: The generation that all of them have reached.
    ///   - putCount: How many entries were put, in the fill's random order; by default all.
    func checkContents(from oldest: UInt64 = 0, putCount: Int? = nil) throws {
        try checkSome(of: putCount ?? workload.entryCount) { number, value in
            (oldest...generation).contains {
                let expected = workload.values.value(of: number, generation: $0)
                return value?.elementsEqual(expected) ?? false
            }
        }
    }

    /// Makes sure of a thousand keys that they are gone.
    func checkIsEmpty() throws {
        try checkSome(of: workload.entryCount) { _, value in value == nil }
    }

    /// Looks at random entries of the first so many in the fill's random order, and at the last of
    /// those.
    private func checkSome(of count: Int, _ isRight: (UInt64, [UInt8]?) -> Bool) throws {
        let session = try engine.makeSession()
        defer { session.close() }
        let key = KeyBuffer()
        defer { withExtendedLifetime(key) {} }
        let order = workload.order(Stream.fill)
        var random = workload.random(Stream.check, thread: 0)
        for turn in 0..<1_000 {
            let index = turn == 0 ? count - 1 : Int(random.next(below: UInt64(count)))
            let number = order[index]
            guard isRight(number, try session.copyValue(key.set(number))) else {
                throw PeerError("\(kind.displayName) answers wrongly for entry \(number)")
            }
        }
    }
}

/// Which random order a phase uses; phases that must not share one have numbers of their own.
enum Stream {
    static let fill: UInt64 = 1
    static let overwrite: UInt64 = 2
    static let delete: UInt64 = 3
    static let read: UInt64 = 4
    static let concurrentWrite: UInt64 = 5
    static let check: UInt64 = 6
}
