internal import StorageEngine

/// Locks that keep two writes of one item apart, striped by the hash of the item's stored key.
///
/// A latch is held from the read of the old item to the submission of the batch, never while
/// waiting for durability. Several are taken in rising order, so no two operations can wait for
/// each other.
final class LatchTable: Sendable {
    private static let count = 1024

    private let latches: [Lock]

    init() { latches = (0..<Self.count).map { _ in Lock() } }

    func stripe(of rowKey: [UInt8]) -> Int {
        Int(truncatingIfNeeded: XXHash64.hash(rowKey)) & (Self.count - 1)
    }

    /// Takes the latch of a row.
    func acquire(_ rowKey: [UInt8], _ attempt: Attempt) throws(OperationFault) -> Lock {
        let latch = latches[stripe(of: rowKey)]
        try take(latch, attempt)
        return latch
    }

    /// Takes the latches of several rows, in order, each once.
    func acquire(all rowKeys: [[UInt8]], _ attempt: Attempt) throws(OperationFault) -> [Lock] {
        try acquire(stripes: Set(rowKeys.map(stripe)).sorted(), attempt)
    }

    /// Takes every latch: no write is under way while they are held.
    func acquireEvery(_ attempt: Attempt) throws(OperationFault) -> [Lock] {
        try acquire(stripes: Array(0..<Self.count), attempt)
    }

    private func acquire(stripes: [Int], _ attempt: Attempt) throws(OperationFault) -> [Lock] {
        var taken: [Lock] = []
        taken.reserveCapacity(stripes.count)
        for stripe in stripes {
            let latch = latches[stripe]
            do {
                try take(latch, attempt)
            } catch {
                taken.release()
                throw error
            }
            taken.append(latch)
        }
        return taken
    }

    private func take(_ latch: Lock, _ attempt: Attempt) throws(OperationFault) {
        if attempt.mayBlock { latch.lock() } else if !latch.tryLock() { throw .wouldBlock }
    }
}

extension [Lock] {
    func release() { for latch in self { latch.unlock() } }
}
