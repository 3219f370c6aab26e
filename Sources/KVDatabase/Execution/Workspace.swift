internal import ItemModel
internal import StorageEngine

/// The buffers one operation works in, kept from one to the next.
final class Workspace {
    let batch = WriteBatch()
    var encoder = ItemEncoder()
    var rowKey: [UInt8] = []
    var oldIndexKey: [UInt8] = []
    var newIndexKey: [UInt8] = []
    /// The index row as it was, while `encoder` holds the row as it will be.
    var oldRow: [UInt8] = []
    /// What answers of many items are made of.
    var itemBytes = ItemBytesPool()

    func reset() {
        batch.removeAll()
        rowKey.removeAll(keepingCapacity: true)
    }
}

/// Workspaces that no operation is using.
///
/// `@unchecked Sendable`: `free` is guarded by `lock`, and a workspace belongs to one operation from
/// `take` to `giveBack`.
final class WorkspacePool: @unchecked Sendable {
    /// More than this many are never in use at once for long: operations do not suspend.
    private static let limit = 64
    /// Of those that wait, so many keep memory for answers, at most 3 MiB each.
    private static let answerMemoryLimit = 4
    /// Room a batch may keep while it waits for its next use.
    private static let keptBatchSizeBytes = 1 << 20

    private let lock = Lock()
    private var free: [Workspace] = []

    func take() -> Workspace {
        lock.withLock { free.popLast() } ?? Workspace()
    }

    func giveBack(_ workspace: Workspace) {
        // The memory of one huge batch must not stay for good.
        if workspace.batch.sizeBytes > Self.keptBatchSizeBytes { return }
        workspace.reset()
        lock.withLock {
            if free.count >= Self.limit { return }
            if free.count >= Self.answerMemoryLimit { workspace.itemBytes = ItemBytesPool() }
            free.append(workspace)
        }
    }
}
