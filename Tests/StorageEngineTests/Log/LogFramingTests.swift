import KvdTestSupport
@testable import StorageEngine
import Testing

/// A log built in memory, with the sync points a commit pipeline would have made.
private struct BuiltLog {
    var bytes: [UInt8] = []
    var records: [[UInt8]] = []
    /// Where each record ends.
    var ends: [Int] = []

    /// - Parameter syncEvery: After how many records a sync is taken to have happened.
    init(recordSizes: [Int], syncEvery: Int) {
        let buffer = OutputBuffer()
        var framer = LogFramer(fileNumber: 7)
        framer.appendWhole(
            UnsafeRawBufferPointer(start: nil, count: 0), type: .header, syncedOffset: 0, to: buffer
        )
        var synced = 0
        for (index, size) in recordSizes.enumerated() {
            if index % syncEvery == 0 { synced = buffer.count }
            let record = (0..<size).map { UInt8(truncatingIfNeeded: $0 &+ index &* 31 &+ 1) }
            record.withUnsafeBytes {
                framer.appendRecord($0, syncedOffset: synced, to: buffer)
            }
            records.append(record)
            ends.append(buffer.count)
        }
        bytes = [UInt8](buffer.bytes)
        precondition(framer.sizeBytes == bytes.count)
    }
}

/// What a reader makes of a file's bytes.
private struct ReadLog {
    var records: [[UInt8]] = []
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
            while let record = try reader.nextRecord() { records.append([UInt8](record)) }
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
        0, 1, 100, 32_700, 32_749, 32_730, 32_729, 5, 40_000, 0, 70_000, 32_749, 12, 13, 3,
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
            // One chunk fills the block but for `rest` bytes.
            let size = LogFormat.blockSizeBytes - 2 * LogFormat.chunkHeaderSizeBytes - rest
            let log = BuiltLog(recordSizes: [size], syncEvery: 1)
            for zeros in [0, 5, 19, 1000, 40_000] {
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
            #expect(read.records.count == (cut < 19 ? 0 : expected), "cut at \(cut)")
        }
    }

    @Test("A changed byte in synced records is corruption; in the last, unsynced group a torn tail")
    func changedByteAnywhere() throws {
        let log = BuiltLog(recordSizes: [10, 400, 5, 33, 60, 7], syncEvery: 2)
        // Syncs were before records 0, 2 and 4, so the last chunk vouches for the first four.
        let vouchedFor = log.ends[3]
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

    @Test("A chunk of another file's number is not taken")
    func otherFilesChunk() throws {
        let buffer = OutputBuffer()
        var framer = LogFramer(fileNumber: 7)
        framer.appendWhole(
            UnsafeRawBufferPointer(start: nil, count: 0), type: .header, syncedOffset: 0, to: buffer
        )
        let own = buffer.count
        var other = LogFramer(fileNumber: 6)
        [UInt8]("old".utf8).withUnsafeBytes {
            other.appendRecord($0, syncedOffset: 1000, to: buffer)
        }
        let read = try ReadLog([UInt8](buffer.bytes))
        #expect(read.records.isEmpty)
        #expect(read.end == .torn(offset: own))
    }
}
