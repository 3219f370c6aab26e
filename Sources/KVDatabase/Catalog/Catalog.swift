internal import StorageEngine

/// The tables that exist, by name.
///
/// Descriptors are immutable, so a lookup is a dictionary access under a lock that is held for
/// nothing longer. Changes go through ``changes``, one at a time, and are shown here once they are
/// in the engine.
///
/// `@unchecked Sendable`: `tables` and `nextTableNumber` are guarded by `lock`.
final class Catalog: @unchecked Sendable {
    /// Held over the whole of CreateTable and DeleteTable.
    let changes = Lock()
    private let lock = Lock()
    private var tables: [String: TableDescriptor]
    private var nextNumber: UInt32

    init(tables: [TableDescriptor], nextTableNumber: UInt32) {
        self.tables = Dictionary(tables.map { ($0.name, $0) }, uniquingKeysWith: { _, new in new })
        nextNumber = nextTableNumber
    }

    subscript(name: String) -> TableDescriptor? { lock.withLock { tables[name] } }

    /// Read and moved on with `changes` held.
    var nextTableNumber: UInt32 { lock.withLock { nextNumber } }

    /// Every name, by its bytes.
    var names: [String] {
        lock.withLock { Array(tables.keys) }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    func add(_ table: TableDescriptor) {
        lock.withLock {
            tables[table.name] = table
            nextNumber = table.number + 1
        }
    }

    func remove(_ name: String) { lock.withLock { _ = tables.removeValue(forKey: name) } }
}
