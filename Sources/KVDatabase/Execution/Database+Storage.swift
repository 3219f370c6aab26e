// Unsafe pointers: keys are lent to the engine for one call.

internal import ItemModel
internal import StorageEngine

/// The stored item a write is about, with its latch held.
struct LatchedItem {
    private let latch: Lock
    private let pinned: PinnedBytes?

    init(latch: Lock, pinned: PinnedBytes?) {
        self.latch = latch
        self.pinned = pinned
    }

    /// The item before the write; lent until `release`.
    var item: ItemView? { pinned.map { ItemView($0.bytes) } }

    func copy() -> EncodedItem? {
        withExtendedLifetime(pinned) { item.map { EncodedItem(copying: $0) } }
    }

    /// Gives the latch up. Call it last, in a `defer`: it also keeps the item's bytes until then.
    func release() { withExtendedLifetime(pinned) { latch.unlock() } }
}

extension Database {
    /// Takes the latch of an item and reads what is stored.
    ///
    /// The applied sequence is taken after the latch: whatever wrote this item before gave the
    /// latch back, so the sequence covers what the read sees.
    func latch(
        _ rowKey: [UInt8], of table: TableDescriptor, _ attempt: inout Attempt
    ) throws(OperationFault) -> LatchedItem {
        let latch = try latches.acquire(rowKey, attempt)
        attempt.seenSequence = engine.appliedSequence
        do throws(OperationFault) {
            try table.requireNotDropped()
            let pinned = try readItem(rowKey, attempt, at: .applied)
            return LatchedItem(latch: latch, pinned: pinned)
        } catch {
            latch.unlock()
            throw error
        }
    }

    func readItem(
        _ rowKey: [UInt8], _ attempt: Attempt, at point: ReadPoint = .durable
    ) throws(OperationFault) -> PinnedBytes? {
        try rowKey.withUnsafeBufferPointer { (rowKey) throws(OperationFault) in
            try lift { () throws(EngineError) in
                try engine.get(
                    UnsafeRawBufferPointer(rowKey), at: point, mode: attempt.readMode)
            }
        }
    }

    /// Applies the workspace's batch; the answer then waits until it is durable.
    func submit(_ workspace: Workspace, _ attempt: inout Attempt) throws(OperationFault) {
        let mayBlock = attempt.mayBlock
        attempt.seenSequence = try lift { () throws(EngineError) in
            try engine.submit(workspace.batch, mayBlock: mayBlock)
        }
    }
}

/// Calls the engine from a function that throws ``OperationFault``.
@inline(__always)
func lift<Result>(
    _ body: () throws(EngineError) -> Result
) throws(OperationFault) -> Result {
    do { return try body() } catch { throw OperationFault(error) }
}
