import KvdTestSupport
@testable import StorageEngine
import Synchronization
import Testing

@Suite("Inspection of logs")
struct LogInspectionTests {
    private let files = InspectedFiles()

    private func bytes(_ text: String) -> InspectedBytes { InspectedBytes([UInt8](text.utf8)) }

    /// The log of an engine that took three batches, and how it looks before and after its close.
    private func engineLogs() throws -> (open: InspectedFile, closed: InspectedFile) {
        let disk = SimulatedFilesystem(seed: 1)
        var options = EngineOptions.tiny(filesystem: disk)
        // All of it in one log.
        options.memtableSizeBytes = 1 << 20
        // The last record is to end the file.
        options.logZerosAheadSizeBytes = 0
        let engine = try Engine.open(folder: "/db", options: options)
        try engine.commit([
            .put([UInt8]("a".utf8), [UInt8]("one".utf8)), .delete([UInt8]("b".utf8)),
            .add(counter: 7, -3),
        ])
        try engine.commit([.add(counter: 8, 1)])
        // More than a block, so that the record is in several chunks.
        try engine.commit([.put([UInt8]("c".utf8), [UInt8](repeating: 0x78, count: 40_000))])
        let name = try #require(try disk.names(in: "/db").first { $0.hasSuffix(".log") })
        let before = [UInt8](try disk.contents(of: "/db/\(name)"))
        try engine.close()
        let after = [UInt8](try disk.contents(of: "/db/\(name)"))
        return (try files.file(name, before), try files.file(name, after))
    }

    @Test(
        "A log's header says whether the log before it was synced",
        arguments: [Durability.synced, .none])
    func predecessor(_ durability: Durability) throws {
        let disk = SimulatedFilesystem(seed: 1)
        var options = EngineOptions.tiny(filesystem: disk)
        options.durability = durability
        let engine = try Engine.open(folder: "/db", options: options)
        try engine.commit([.put([1], [1])])
        try engine.flush()
        try engine.commit([.put([2], [2])])
        let name = try #require(disk.names(in: "/db").filter { $0.hasSuffix(".log") }.max())
        let file = try InspectedFiles().file(name, [UInt8](disk.contents(of: "/db/\(name)")))
        guard case .header(let header) = try LogInspection(file).allSteps().steps.first else {
            Issue.record("the first step is no header")
            return
        }
        #expect(header.predecessorNumber > 0)
        #expect(header.predecessorIsSynced == (durability == .synced))
        try engine.close()
    }

    @Test("A log shows its header, each batch and change with its sequence, and its end")
    func steps() throws {
        let file = try engineLogs().open
        let (steps, error) = try LogInspection(file, valueLimitBytes: 2).allSteps()
        #expect(error == nil)
        guard case .header(let header) = try #require(steps.first) else {
            Issue.record("the first step is no header")
            return
        }
        #expect(header.number == file.number)
        #expect(header.version == 2)
        #expect(header.databaseID.count == 32)
        #expect(header.predecessorNumber == 0)
        let offsets = steps.compactMap { step in
            if case .record(let record) = step { record.offset } else { nil }
        }
        try #require(offsets.count == 3)
        // The header's chunk is 7 + 61 bytes.
        #expect(offsets.first == 68)
        let expected: [LogInspection.Step] = [
            .record(
                .init(offset: 68, sizeBytes: 39, firstSequence: 1, lastSequence: 2, entryCount: 2)),
            .operation(
                .put(
                    sequence: 1, key: bytes("a"),
                    value: [UInt8]("one".utf8).withUnsafeBytes { InspectedBytes($0, limit: 2) })),
            .operation(.delete(sequence: 2, key: bytes("b"))),
            .operation(.counter(id: 7, delta: -3)),
            .record(
                .init(
                    offset: offsets[1], sizeBytes: 29, firstSequence: 3, lastSequence: 3,
                    entryCount: 0)),
            .operation(.counter(id: 8, delta: 1)),
            // Each batch was synced by itself, and its mark vouches for the one before.
            .syncMark(.init(offset: offsets[2] - 15, syncedOffset: offsets[1])),
            .record(
                .init(
                    offset: offsets[2], sizeBytes: 40_018, firstSequence: 4, lastSequence: 4,
                    entryCount: 1)),
            .operation(
                .put(
                    sequence: 4, key: bytes("c"),
                    value: [UInt8](repeating: 0x78, count: 40_000)
                        .withUnsafeBytes { InspectedBytes($0, limit: 2) })),
            .syncMark(.init(offset: file.sizeBytes - 15, syncedOffset: offsets[2])),
            .end(.complete(offset: file.sizeBytes)),
        ]
        #expect(Array(steps.dropFirst()) == expected)
    }

    @Test("A log that was closed says so")
    func closed() throws {
        let file = try engineLogs().closed
        let steps = try LogInspection(file).allSteps().steps
        #expect(steps.last == .end(.closed(offset: file.sizeBytes)))
    }

    @Test("A log under another name is known by its magic number")
    func otherName() throws {
        let log = try #require(try InspectedFiles.fixture().first { $0.key.hasSuffix(".log") })
        let named = try files.file(log.key, log.value)
        let copy = try files.file("copy of it", log.value)
        #expect(copy.kind == .log)
        #expect(copy.number == named.number)
        #expect(try LogInspection(copy).allSteps().steps == LogInspection(named).allSteps().steps)
    }

    @Test("A log cut at any byte shows a prefix of its records, and where it is torn")
    func cutAnywhere() throws {
        let (name, log) = try #require(
            try InspectedFiles.database().filter { $0.key.hasSuffix(".log") }
                .max { $0.key < $1.key })
        let whole = try LogInspection(files.file(name, log)).allSteps().steps.dropLast()
        for cut in 0..<log.count {
            let (steps, error) = try LogInspection(files.file(name, log[..<cut])).allSteps()
            #expect(error == nil, "cut at \(cut)")
            #expect(whole.starts(with: steps.dropLast()), "cut at \(cut)")
            guard case .end(let end) = try #require(steps.last) else {
                Issue.record("no end when cut at \(cut)")
                continue
            }
            switch end {
            case .complete(let offset):
                // Zeros may have been written ahead of the records.
                #expect(offset <= cut && log[offset..<cut].allSatisfy { $0 == 0 })
            case .torn(let offset): #expect(offset <= cut)
            case .closed: Issue.record("closed when cut at \(cut)")
            }
        }
    }

    @Test("A changed byte anywhere in a log is never shown as if it had been written")
    func changedAnywhere() throws {
        let logs = try InspectedFiles.database().merging(InspectedFiles.fixture()) { one, _ in one }
            .filter { $0.key.hasSuffix(".log") }
        #expect(!logs.isEmpty)
        for (name, log) in logs {
            let all = try LogInspection(files.file(name, log)).allSteps().steps
            let whole = all.dropLast()
            for place in stride(from: 0, to: log.count, by: log.count > 5000 ? 37 : 1) {
                var damaged = log
                damaged[place] ^= 1 << UInt8(place % 8)
                let (steps, error) = try LogInspection(files.file(name, damaged)).allSteps()
                let shown = error == nil ? steps.dropLast() : steps[...]
                #expect(whole.starts(with: shown), "changed at \(place) of \(name)")
                // A changed mark of a clean close takes nothing but the mark.
                #expect(
                    shown.count < whole.count || steps.last != all.last,
                    "changed at \(place) of \(name)")
                if case .corruption(let file, let offset, _) = error {
                    #expect(file == name && offset <= place)
                }
            }
        }
    }

    @Test("A changed byte of a log that was closed is damage, up to the mark of the close")
    func changedInClosed() throws {
        let fixture = try #require(try InspectedFiles.fixture().first { $0.key.hasSuffix(".log") })
        let new = try engineLogs().closed
        for (file, markSizeBytes) in [(try files.file(fixture.key, fixture.value), 19), (new, 15)] {
            let contents = try readWholeFile(file.handle)
            let log = withExtendedLifetime(contents) { [UInt8](contents.bytes) }
            for place in 0..<log.count - markSizeBytes where place < 100 || place % 197 == 0 {
                var damaged = log
                damaged[place] ^= 1 << UInt8(place % 8)
                let error = try LogInspection(files.file(file.name, damaged)).allSteps().error
                #expect(error != nil, "changed at \(place) of \(file.name)")
            }
        }
    }

    @Test("Records whose sequences do not follow each other are damage, at their offset")
    func sequenceGap() throws {
        var (framer, buffer) = Self.begunLog()
        var second = 0
        for sequence: UInt64 in [5, 7] {
            second = buffer.count
            let batch = WriteBatch([.put([1], [1])])
            batch.stamp(firstSequence: sequence)
            framer.appendRecord(batch.buffer.bytes, to: buffer)
        }
        let file = try files.file("000009.log", [UInt8](buffer.bytes))
        let (steps, error) = try LogInspection(file).allSteps()
        #expect(steps.count == 3)
        #expect(
            error
                == .corruption(
                    file: "000009.log", offset: second,
                    reason: "the record begins with sequence 7, not 6"))
    }

    /// Log 9, with its header alone.
    private static func begunLog() -> (LogFramer, OutputBuffer) {
        let buffer = OutputBuffer()
        var framer = LogFramer(fileNumber: 9)
        framer.append(
            LogHeader(
                databaseID: .random(), logNumber: 9, predecessorNumber: 0, predecessorSizeBytes: 0,
                predecessorLastSequence: 0), to: buffer)
        return (framer, buffer)
    }

    /// A log of records of about 50,000 bytes; a mark at its end proves that they were synced.
    private static func log(recordCount: UInt64) -> [UInt8] {
        var (framer, buffer) = Self.begunLog()
        for sequence: UInt64 in 1...recordCount {
            let batch = WriteBatch([.put([UInt8(sequence)], [UInt8](repeating: 7, count: 50_000))])
            batch.stamp(firstSequence: sequence)
            framer.appendRecord(batch.buffer.bytes, to: buffer)
        }
        framer.appendMark(syncedOffset: buffer.count, to: buffer)
        return [UInt8](buffer.bytes)
    }

    /// A file whose first reads show zeros where later ones show what was written.
    private final class GrowingFile: FileHandle {
        private let bytes: [UInt8]
        private let unwritten: Range<Int>
        private let unwrittenReads = Atomic<Int>(1)

        init(_ bytes: [UInt8], unwritten: Range<Int>) {
            self.bytes = bytes
            self.unwritten = unwritten
        }

        func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int)
            throws(FilesystemError) -> Int
        {
            let isEarly = unwrittenReads.wrappingSubtract(1, ordering: .relaxed).oldValue > 0
            let count = min(buffer.count, bytes.count - offset)
            for index in 0..<count {
                let place = offset + index
                buffer[index] = isEarly && unwritten.contains(place) ? 0 : bytes[place]
            }
            return count
        }

        func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FilesystemError) {}
        func sync() throws(FilesystemError) {}
        func size() throws(FilesystemError) -> Int { bytes.count }
    }

    @Test("Bytes that were being written when they were read are a torn end, not damage")
    func beingWritten() throws {
        // Longer than what is read at once, so that its end is read later than its beginning.
        let log = Self.log(recordCount: 40)
        let handle = GrowingFile(log, unwritten: 68..<40_000)
        let file = InspectedFile(
            kind: .log, path: "/000009.log", name: "000009.log", sizeBytes: log.count, number: 9,
            handle: handle)
        let (steps, error) = try LogInspection(file).allSteps()
        #expect(error == nil)
        #expect(steps.count == 2)
        #expect(steps.last == .end(.torn(offset: 68)))
    }

    @Test("A log of many megabytes is read through a window, and damage is judged across it")
    func large() throws {
        var log = Self.log(recordCount: 40)
        let (steps, error) = try LogInspection(files.file("000009.log", log)).allSteps()
        #expect(error == nil)
        #expect(steps.count == 1 + 2 * 40 + 2)
        log[100] ^= 1
        let damaged = try LogInspection(files.file("000009.log", log)).allSteps()
        #expect(damaged.steps.count == 1)
        guard case .corruption("000009.log", 68, _) = damaged.error else {
            Issue.record("\(String(describing: damaged.error))")
            return
        }
        // Without the proof it is a torn tail.
        let proof = log.count - 60_000
        let torn = try LogInspection(files.file("000009.log", log[..<proof])).allSteps()
        #expect(torn.error == nil)
        #expect(torn.steps.last == .end(.torn(offset: 68)))
    }
}
