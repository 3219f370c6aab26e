import Glibc
import KvdTestSupport
import StorageEngine
import Testing

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Zeros behind the last record, which spare a sync the change of the file's size.
@Suite("Zeros ahead of a log's end")
struct LogZerosAheadTests {
    private static let zeroCount = 8 << 10
    /// They are written a page at a time.
    private static let pieceCount = 4 << 10

    private let disk = SimulatedFilesystem(seed: 1)

    private func open(_ durability: Durability = .synced) throws -> Engine {
        var options = EngineOptions.tiny(filesystem: disk)
        options.memtableSizeBytes = 1 << 20
        options.logZerosAheadSizeBytes = Self.zeroCount
        options.durability = durability
        return try Engine.open(folder: "/db", options: options)
    }

    /// The contents of the one log there is.
    private func log() throws -> [UInt8] {
        let names = try disk.names(in: "/db").filter { $0.hasSuffix(".log") }
        try #require(names.count == 1)
        return try disk.contents(of: "/db/\(names[0])")
    }

    @Test("Most commits leave the file's size as it was, and all of them survive a crash")
    func sizeStays() throws {
        let engine = try open()
        var sizes: [Int] = []
        for number in 0..<900 {
            try engine.commit([.put(bytes("key \(number)"), bytes("value"))])
            sizes.append(try log().count)
        }
        #expect(Set(sizes).count == 2, "\(Set(sizes))")
        #expect(try log().suffix(100).allSatisfy { $0 == 0 })
        for policy in CrashPolicy.all {
            let restarted = disk.restart(policy)
            let again = try Engine.open(folder: "/db", options: .tiny(filesystem: restarted))
            #expect(try again.entries().count == 900)
            try again.close()
        }
    }

    @Test(
        "They are for 512 groups like the one that writes them, and one to four times the option",
        arguments: [(10, 1_192), (200, 512), (1_000, 252)])
    func proportion(_ valueBytes: Int, _ expectedGroups: Int) throws {
        var options = EngineOptions.tiny(filesystem: disk)
        options.memtableSizeBytes = 1 << 20
        options.logZerosAheadSizeBytes = 64 << 10
        options.durability = .synced
        let engine = try Engine.open(folder: "/db", options: options)
        func commit(_ number: Int) throws -> Int {
            let value = [UInt8](repeating: 7, count: valueBytes)
            try engine.commit([.put(bytes("key \(1_000 + number)"), value)])
            return try log().count
        }
        // The first group has the log's header as well.
        var (number, size) = (0, try commit(0))
        func countUntilGrown() throws -> Int {
            let before = number
            var grown = size
            while grown == size {
                number += 1
                grown = try commit(number)
            }
            size = grown
            return number - before
        }
        _ = try countUntilGrown()
        let groups = try countUntilGrown()
        #expect(abs(groups - expectedGroups) < expectedGroups / 20, "\(groups)")
        try? engine.close()
    }

    @Test("A large group writes none, and a log that is not synced does, for a window")
    func withoutZeros() throws {
        let large = try open()
        try large.commit([.put(bytes("key"), [UInt8](repeating: 1, count: 5 << 10))])
        #expect(try log().last == 1)
        try large.close()
        let unsynced = try open(.none)
        try unsynced.commit([.put(bytes("key"), bytes("value"))])
        #expect(try log().suffix(Self.zeroCount).allSatisfy { $0 == 0 })
        #expect(try log().dropLast(Self.zeroCount).last == bytes("value").last)
        try unsynced.close()
    }

    @Test("A disk without room for zeros takes the records alone")
    func fullDisk() throws {
        let engine = try open()
        disk.setHook { call in
            let isLogWrite = call.kind == .write && call.path.hasSuffix(".log")
            return isLogWrite && call.byteCount == Self.pieceCount ? .fail(code: ENOSPC) : .run
        }
        for number in 0..<50 { try engine.commit([.put(bytes("key \(number)"), bytes("value"))]) }
        try engine.close()
        let restarted = disk.restart(.losesAll)
        let again = try Engine.open(folder: "/db", options: .tiny(filesystem: restarted))
        #expect(try again.entries().count == 50)
        try again.close()
    }

    @Test(
        "A write of zeros that fails for another reason makes the engine read-only",
        arguments: [Durability.synced, .none])
    func failedZeros(_ durability: Durability) throws {
        let engine = try open(durability)
        // For a window they go out at once.
        let pieceCount = durability == .synced ? Self.pieceCount : Self.zeroCount
        disk.setHook { call in
            let isLogWrite = call.kind == .write && call.path.hasSuffix(".log")
            return isLogWrite && call.byteCount == pieceCount ? .fail(code: EIO) : .run
        }
        #expect(throws: EngineError.self) { try engine.commit([.put(bytes("key"), [])]) }
        #expect(throws: EngineError.self) { try engine.close() }
    }
}
