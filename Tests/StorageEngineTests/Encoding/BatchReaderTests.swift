@testable import StorageEngine
import Testing

/// A record's checksum may be right and its content wrong; it is then refused, and never trusted
/// with more room than was made for it.
@Suite("Batch records that lie")
struct BatchReaderTests {
    private func entryCount(_ record: [UInt8]) -> Int? {
        record.withUnsafeBytes { bytes in
            guard var reader = BatchReader(bytes) else { return nil }
            var count = 0
            while !reader.isAtEnd {
                guard reader.next() != nil else { return nil }
                count += 1
            }
            return count
        }
    }

    private func record(_ batch: WriteBatch) -> [UInt8] {
        batch.stamp(firstSequence: 1)
        return [UInt8](batch.buffer.bytes)
    }

    @Test("More entries than the header counts")
    func moreThanCounted() {
        let batch = WriteBatch()
        batch.put(key: [1], value: [])
        batch.delete(key: [2])
        batch.add(counter: 1, 1)
        var record = record(batch)
        #expect(entryCount(record) == 3)
        record[8] = 1
        #expect(entryCount(record) == nil)
    }

    @Test("A key longer than a memtable takes")
    func oversizeKey() {
        for size in [WriteBatch.keySizeLimitBytes, WriteBatch.keySizeLimitBytes + 1] {
            let batch = WriteBatch()
            batch.delete(key: Array(repeating: 1, count: size))
            #expect(entryCount(record(batch)) == (batch.hasOversizeKey ? nil : 1))
        }
    }

    @Test("A range deletion whose ends are the same, out of order or too long")
    func rangeEnds() {
        let batch = WriteBatch()
        batch.deleteRange(lower: [1, 5], upper: [1, 6])
        var record = record(batch)
        #expect(entryCount(record) == 1)
        for last in [UInt8(5), 4, 0] {
            record[record.count - 1] = last
            #expect(entryCount(record) == nil)
        }
        record.removeLast()
        #expect(entryCount(record) == nil)
        let long = WriteBatch()
        long.deleteRange(
            lower: [1], upper: Array(repeating: 2, count: WriteBatch.keySizeLimitBytes + 1))
        #expect(long.hasOversizeKey)
        #expect(entryCount(self.record(long)) == nil)
    }

    @Test("A memtable larger than its links can address is refused")
    func memtableLimit() {
        #expect(throws: EngineError.self) {
            _ = try Memtable(capacityBytes: 1 << 32, logNumber: 1)
        }
    }
}
