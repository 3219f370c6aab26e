/// The engine's counters that hold the exact count and size of a table's items and of an index's
/// rows.
///
/// ## Format
///     table u32 · index u16 (0 for the table itself) · 0 u8 · what u8 (0 count, 1 bytes)
enum CounterID {
    static func itemCount(table: UInt32, index: UInt16 = 0) -> UInt64 {
        UInt64(table) << 32 | UInt64(index) << 16
    }

    static func sizeBytes(table: UInt32, index: UInt16 = 0) -> UInt64 {
        itemCount(table: table, index: index) | 1
    }
}
