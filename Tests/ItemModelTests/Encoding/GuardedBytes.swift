// Unsafe pointers: pages of this type's own, unmapped when it goes away.

import Glibc

/// Bytes that end where readable memory ends: one read behind them stops the process.
final class GuardedBytes {
    private static let pageBytes = 4096
    private let pages: UnsafeMutableRawPointer
    private let mappedBytes: Int
    let bytes: UnsafeRawBufferPointer

    init(_ content: [UInt8]) {
        let readable = (content.count / Self.pageBytes + 1) * Self.pageBytes
        mappedBytes = readable + Self.pageBytes
        guard
            let pages = mmap(
                nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            pages != MAP_FAILED, mprotect(pages + readable, Self.pageBytes, PROT_NONE) == 0
        else { preconditionFailure("no memory for a guarded page") }
        self.pages = pages
        let start = pages + (readable - content.count)
        content.withUnsafeBytes { raw in
            if let source = raw.baseAddress { start.copyMemory(from: source, byteCount: raw.count) }
        }
        bytes = UnsafeRawBufferPointer(start: start, count: content.count)
    }

    deinit { munmap(pages, mappedBytes) }
}
