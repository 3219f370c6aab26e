import KvdTestSupport
@testable import StorageEngine
import Testing

/// A log built in memory, with the sync marks a commit pipeline would have made.
private struct BuiltLog {
    /// Of the header's chunk: 7 bytes before 61.
    static let headerSizeBytes = 68

    private let buffer = OutputBuffer()
    private var framer = LogFramer(fileNumber: 7)
    private(set) var records: [[UInt8]] = []
    /// Where each record ends.
    private(set) var ends: [Int] = []
    /// Where each group of records that were synced together ends.
    private(set) var groupEnds: [Int] = []

    init() {
        framer.append(
            LogHeader(
                databaseID: .random(), logNumber: 7, predecessorNumber: 0, predecessorSizeBytes: 0,
                predecessorLastSequence: 0), to: buffer)
        precondition(framer.sizeBytes == Self.headerSizeBytes)
    }

    /// - Parameter syncEvery: After how many records a sync is taken to have happened.
    init(recordSizes: [Int], syncEvery: Int) {
        self.init()
        for (index, size) in recordSizes.enumerated() {
            append((0..<size).map { UInt8(truncatingIfNeeded: $0 &+ index &* 31 &+ 1) })
            if (index + 1) % syncEvery == 0 || index == recordSizes.count - 1 { endGroup() }
        }
        precondition(framer.sizeBytes == bytes.count)
    }

    var bytes: [UInt8] { [UInt8](buffer.bytes) }

    mutating func append(_ record: [UInt8]) {
        record.withUnsafeBytes { framer.appendRecord($0, to: buffer) }
        records.append(record)
        ends.append(buffer.count)
    }

    mutating func endGroup() {
        if let last = groupEnds.last { framer.appendMark(syncedOffset: last, to: buffer) }
        groupEnds.append(buffer.count)
    }
}

/// A chunk as a value may hold it.
private func forgedMark(fileNumber: UInt64, syncedOffset: Int) -> [UInt8] {
    let buffer = OutputBuffer()
    var framer = LogFramer(fileNumber: fileNumber)
    framer.appendMark(syncedOffset: syncedOffset, to: buffer)
    return [UInt8](buffer.bytes)
}

/// What a reader makes of a file's bytes.
private struct ReadLog {
    var records: [[UInt8]] = []
    /// What each sync mark says.
    var marks: [Int] = []
    var end: LogReader.End?
    var corruption: EngineError?

    init(_ bytes: [UInt8]) throws {
        let filesystem = MemoryFilesystem()
        let handle = try filesystem.open("log", .create)
        try bytes.withUnsafeBytes { try handle.write($0, at: 0) }
        do throws(EngineError) {
            let reader = try LogReader(handle, name: "log", fileNumber: 7)
            guard try reader.readHeader() != nil else {
                end = reader.end
                return
            }
            while let element = try reader.nextElement() {
                switch element {
                case .record(let record): records.append([UInt8](record))
                case .mark(let syncedOffset): marks.append(syncedOffset)
                }
            }
            end = reader.end
        } catch {
            corruption = error
        }
    }
}

@Suite("Log framing")
struct LogFramingTests {
    /// Sizes that meet every edge of a 32 KiB block.
    private static let edgeSizes = [
        0, 1, 100, 32_700, 32_761, 32_746, 32_745, 5, 40_000, 0, 70_000, 32_761, 12, 13, 3,
    ]

    @Test("Records of every size come back as they were", arguments: [1, 3])
    func roundTrip(syncEvery: Int) throws {
        let log = BuiltLog(recordSizes: Self.edgeSizes, syncEvery: syncEvery)
        let read = try ReadLog(log.bytes)
        #expect(read.records == log.records)
        #expect(read.end == .complete(sizeBytes: log.bytes.count))
    }

    @Test("Zeros reserved ahead of the last record end the log")
    func reservedZeros() throws {
        let log = BuiltLog(recordSizes: [10, 2000, 30], syncEvery: 1)
        let read = try ReadLog(log.bytes + [UInt8](repeating: 0, count: 100_000))
        #expect(read.records == log.records)
        #expect(read.end == .complete(sizeBytes: log.bytes.count))
    }

    @Test("A log's size is that of its records, wherever in a block the last ends before zeros")
    func zerosBehindABlock() throws {
        for rest in 0...25 {
            // One chunk fills the block behind the header but for `rest` bytes.
            let size =
                LogFormat.blockSizeBytes - BuiltLog.headerSizeBytes - LogFormat.chunkHeaderSizeBytes
                - rest
            let log = BuiltLog(recordSizes: [size], syncEvery: 1)
            for zeros in [0, 5, 14, 19, 1000, 40_000] {
                let read = try ReadLog(log.bytes + [UInt8](repeating: 0, count: zeros))
                #expect(read.records == log.records)
                #expect(read.end == .complete(sizeBytes: log.bytes.count), "\(rest), \(zeros)")
            }
        }
    }

    @Test("Damage before zeros written ahead is judged as it is without them")
    func damageBeforeZeros() throws {
        let log = BuiltLog(recordSizes: [10, 400, 5, 33, 60, 7], syncEvery: 2)
        let zeros = [UInt8](repeating: 0, count: 50_000)
        for place in 0..<log.bytes.count {
            var damaged = log.bytes
            damaged[place] ^= 0x40
            let (bare, ahead) = (try ReadLog(damaged), try ReadLog(damaged + zeros))
            #expect(bare.records == ahead.records, "changed at \(place)")
            #expect((bare.corruption == nil) == (ahead.corruption == nil), "changed at \(place)")
        }
    }

    @Test("A file cut at any byte gives the whole records before the cut and no error")
    func cutAnywhere() throws {
        let log = BuiltLog(recordSizes: [10, 400, 0, 33], syncEvery: 1)
        for cut in 0..<log.bytes.count {
            let read = try ReadLog([UInt8](log.bytes[..<cut]))
            let expected = log.ends.filter { $0 <= cut }.count
            #expect(read.corruption == nil, "cut at \(cut)")
            #expect(read.records.count == expected, "cut at \(cut)")
        }
    }

    @Test("A changed byte in synced records is corruption; in the last, unsynced group a torn tail")
    func changedByteAnywhere() throws {
        let log = BuiltLog(recordSizes: [10, 400, 5, 33, 60, 7], syncEvery: 2)
        // The mark at the end of the third group vouches for the second.
        let vouchedFor = log.groupEnds[1]
        for place in 0..<log.bytes.count {
            var damaged = log.bytes
            damaged[place] ^= 0x40
            let read = try ReadLog(damaged)
            if place < vouchedFor {
                #expect(read.corruption != nil, "changed at \(place)")
            } else {
                #expect(read.corruption == nil, "changed at \(place)")
                #expect(read.records == Array(log.records.prefix(read.records.count)))
                #expect(read.records.count >= 4)
            }
        }
    }

    @Test("A mark fits wherever in a block a group ends, and reads back")
    func markAtEveryPlace() throws {
        for rest in 0...40 {
            let size =
                LogFormat.blockSizeBytes - BuiltLog.headerSizeBytes
                - 2 * LogFormat.chunkHeaderSizeBytes - 1 - rest
            let log = BuiltLog(recordSizes: [1, size, 9], syncEvery: 1)
            let read = try ReadLog(log.bytes)
            #expect(read.records == log.records, "\(rest)")
            #expect(read.marks == Array(log.groupEnds.dropLast()), "\(rest)")
            #expect(read.end == .complete(sizeBytes: log.bytes.count), "\(rest)")
        }
    }

    @Test("A chunk of another file's number is not taken")
    func otherFilesChunk() throws {
        var log = BuiltLog()
        log.append([1, 2, 3])
        let own = log.bytes
        let buffer = OutputBuffer()
        var other = LogFramer(fileNumber: 6)
        [UInt8]("old".utf8).withUnsafeBytes { other.appendRecord($0, to: buffer) }
        let read = try ReadLog(own + [UInt8](buffer.bytes))
        #expect(read.records == [[1, 2, 3]])
        #expect(read.end == .torn(offset: own.count))
        // Nor does its mark vouch for anything.
        let marked = try ReadLog(
            own + [9] + forgedMark(fileNumber: 6, syncedOffset: own.count + 1))
        #expect(marked.end == .torn(offset: own.count))
    }

    @Test("A mark vouches for nothing at or behind its own place")
    func markBehindItself() throws {
        // As in a value that holds bytes of a log, in a record that never became whole.
        let log = BuiltLog(recordSizes: [10, 20], syncEvery: 1)
        let place = log.bytes.count
        for ahead in [1, 100, Int(UInt32.max), .max] {
            let claim = ahead == .max ? ahead : place + 1 + ahead
            let mark = forgedMark(fileNumber: 7, syncedOffset: claim)
            let read = try ReadLog(log.bytes + [0x55] + mark)
            #expect(read.corruption == nil, "\(claim)")
            #expect(read.end == .torn(offset: place), "\(claim)")
        }
        // One that a log could hold there is what the search looks for.
        let possible = forgedMark(fileNumber: 7, syncedOffset: place + 1)
        #expect(try ReadLog(log.bytes + [0x55] + possible).corruption != nil)
    }

    @Test("A log whose first bytes are damaged is judged by what its marks say")
    func damagedStart() throws {
        let log = BuiltLog(recordSizes: [10, 20, 30], syncEvery: 1)
        var damaged = log.bytes
        for place in 0..<20 { damaged[place] = 0xEE }
        #expect(try ReadLog(damaged).corruption != nil)
    }
}
