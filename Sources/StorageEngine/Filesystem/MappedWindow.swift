// Unsafe pointers: the mapping lives as long as the window, and stores stay inside `range`.

internal import CKvdShims
internal import Glibc

/// Bytes of a file that are mapped, so that a small write is a copy and not a system call.
///
/// What is stored is in the page cache at once, as after a write call: it survives the process, and
/// the file's next sync puts it on stable storage. That no store can fail is the reasoning at
/// `kvd_map_window`.
///
/// Not thread-safe; its owner guards it.
final class MappedWindow {
    /// The bytes of the file that may be stored into; all of them exist.
    private let range: Range<Int>
    private let base: UnsafeMutableRawPointer
    /// Where in the file the mapping begins: pages are mapped whole.
    private let origin: Int
    private let mappedByteCount: Int

    private static let pageSizeBytes = sysconf(Int32(_SC_PAGESIZE))

    /// Nil where the file can not be stored into without fail.
    init?(descriptor: Int32, range: Range<Int>) {
        origin = range.lowerBound - range.lowerBound % Self.pageSizeBytes
        mappedByteCount = range.upperBound - origin
        self.range = range
        guard let base = kvd_map_window(descriptor, Int64(origin), mappedByteCount) else {
            return nil
        }
        self.base = base
    }

    deinit { munmap(base, mappedByteCount) }

    /// Whether bytes that begin at `offset` of the file were stored; false where not all are inside.
    func store(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        guard offset >= range.lowerBound, offset + bytes.count <= range.upperBound else {
            return false
        }
        if let source = bytes.baseAddress {
            (base + (offset - origin)).copyMemory(from: source, byteCount: bytes.count)
        }
        return true
    }
}
