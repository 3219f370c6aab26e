import KvdTestSupport
@testable import StorageEngine
import Testing

/// Where a log's segment puts its sync marks.
@Suite("Sync marks of a log")
struct LogSegmentTests {
    private let disk = SimulatedFilesystem(seed: 1)
    private let segment: LogSegment

    init() throws {
        try disk.createFolder("/db")
        var options = EngineOptions.tiny(filesystem: disk)
        options.logZerosAheadSizeBytes = 0
        segment = LogSegment(
            file: LogFile(number: 7, folder: "/db", options: options),
            header: LogHeader(
                databaseID: .random(), logNumber: 7, predecessorNumber: 0, predecessorSizeBytes: 0,
                predecessorLastSequence: 0), options: options)
    }

    private func append(_ record: [UInt8]) {
        record.withUnsafeBytes { segment.append($0, lastSequence: 1) }
    }

    /// Leads a group; `meanwhile` is done while it is on its way.
    private func lead(syncs: Bool = true, meanwhile: () -> Void = {}) throws {
        segment.takePending(syncs: syncs)
        meanwhile()
        try segment.writeTaken(syncs: syncs)
        _ = segment.settle()
    }

    private func contents() throws -> [UInt8] { try disk.contents(of: segment.path) }

    private func marks() throws -> [Int] {
        let handle = try disk.open(segment.path, .read)
        let reader = try LogReader(handle, name: "log", fileNumber: 7)
        _ = try reader.readHeader()
        var marks: [Int] = []
        while let element = try reader.nextElement() {
            if case .mark(let syncedOffset) = element { marks.append(syncedOffset) }
        }
        #expect(reader.end == .complete(sizeBytes: try contents().count))
        return marks
    }

    @Test("Each synced group ends with a mark that vouches for the group before")
    func everyGroup() throws {
        var ends: [Int] = []
        for number in 1...4 {
            for record in 0..<number { append([UInt8](repeating: 7, count: 10 * record)) }
            try lead()
            ends.append(try contents().count)
        }
        #expect(try marks() == Array(ends.dropLast()))
    }

    @Test("A group with nothing to write has no mark, so an idle log does not grow")
    func idle() throws {
        append([1])
        try lead()
        let size = try contents().count
        for _ in 0..<3 { try lead() }
        #expect(try contents().count == size)
        #expect(try marks().isEmpty)
    }

    @Test("Groups that are not synced have no marks, and one is all that the next sync needs")
    func unsynced() throws {
        for _ in 0..<3 {
            append([1])
            try lead(syncs: false)
        }
        #expect(try marks().isEmpty)
        append([2])
        try lead(syncs: true)
        let synced = try contents().count
        for _ in 0..<3 {
            append([3])
            try lead(syncs: false)
        }
        #expect(try marks() == [synced])
    }

    @Test("A log that is sealed during a sync vouches for what that sync wrote, in its stated size")
    func sealedDuringSync() throws {
        append([1, 2, 3])
        var stated = 0
        try lead {
            append([4, 5, 6])
            segment.seal()
            stated = segment.sizeBytes
        }
        let first = try contents().count
        try lead()
        #expect(try contents().count == stated)
        #expect(try marks() == [first])
    }

    @Test("A clean end is the last chunk")
    func cleanEnd() throws {
        append([1])
        try lead()
        append([2])
        try lead()
        segment.appendCleanEnd()
        let size = segment.sizeBytes
        try lead()
        #expect(try contents().count == size)
        #expect(segment.sizeBytes == size)
    }
}
