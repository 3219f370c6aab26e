// Unsafe pointers: `base` is this class's own zeroed allocation of `stripeCount` cache lines, freed
// at `deinit`; a stripe is masked, so every address lies inside it.

internal import CKvdShims
internal import Glibc

/// Counts the readers inside, so that what was shown to them can be let go once they have left.
///
/// A reader that retained what it reads would write to its reference count, and all readers would
/// wait for that one cache line: two threads were hardly faster than one. Here a reader raises a
/// count in a line of its own thread.
///
/// ## Invariant
/// Who takes out what readers see, and then waits here, may free it: a reader that saw the old has
/// raised its count before it looked, so the wait sees that count. Both are in one order with the
/// exchange of what is shown (sequentially consistent). New readers raise the other of two counts,
/// so that a wait ends. Source: McKenney, "Sleepable RCU" (2006).
///
/// `@unchecked Sendable`: the words are touched by atomic operations alone.
final class ReadPins: @unchecked Sendable {
    private static let stripeCount = 64
    private static let lineSizeBytes = 64

    private let base: UnsafeMutableRawPointer
    private let phase: UnsafeMutablePointer<UInt64>

    init() {
        let size = Self.stripeCount * Self.lineSizeBytes
        base = .allocate(byteCount: size, alignment: Self.lineSizeBytes)
        base.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        phase = .allocate(capacity: 1)
        phase.initialize(to: 0)
    }

    deinit {
        base.deallocate()
        phase.deallocate()
    }

    /// Counts a reader in; it gives what it got to ``leave(_:)``.
    @inline(__always)
    func enter() -> UnsafeMutableRawPointer {
        let stripe = Int(kvd_thread_number()) & (Self.stripeCount - 1)
        let word = base + stripe * Self.lineSizeBytes + Int(kvd_load_relaxed_u64(phase) & 1) * 8
        kvd_add_u64(word, 1)
        return word
    }

    @inline(__always)
    func leave(_ word: UnsafeMutableRawPointer) { kvd_add_u64(word, UInt64.max) }

    /// Returns when every reader that was inside at the call has left.
    func waitForReaders() {
        // A reader may have read the phase before it changed and raise the old count after; with
        // both counts seen at zero it can not have looked before this call.
        for _ in 0..<2 {
            let old = kvd_load_relaxed_u64(phase)
            kvd_store_ordered_u64(phase, old &+ 1)
            for stripe in 0..<Self.stripeCount {
                let word = base + stripe * Self.lineSizeBytes + Int(old & 1) * 8
                while kvd_load_ordered_u64(word) != 0 { usleep(20) }
            }
        }
    }
}
