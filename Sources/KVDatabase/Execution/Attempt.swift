internal import StorageEngine

/// One go at an operation: how it may use the calling thread, and what it has seen.
struct Attempt {
    /// Whether reads of the disk, waiting for latches and waiting for room are allowed.
    let mayBlock: Bool
    /// The answer is held back until the database is durable up to here: the attempt saw, or made,
    /// changes that a crash could still take back.
    var seenSequence: UInt64 = 0

    var readMode: ReadMode { mayBlock ? .blocking : .cachedOnly }

    /// Moves the operation to a thread that may wait, before it does something long.
    func requireBlocking() throws(OperationFault) {
        if !mayBlock { throw .wouldBlock }
    }
}
