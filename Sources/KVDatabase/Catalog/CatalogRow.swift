/// The keys of the catalog.
///
/// ## Format
/// All begin with the space byte 00; values are stored items.
///
///     00 00               header: NextTableNumber N, FormatVersion N
///     00 01 · name        a table: see TableDefinition+Encoding.swift
///     00 02 · table u32   a table whose rows are still to be removed: TableName S
enum CatalogRow {
    static let formatVersion = 1

    static let header: [UInt8] = [KeySpace.catalog, 0]
    static let tables: [UInt8] = [KeySpace.catalog, 1]
    static let drops: [UInt8] = [KeySpace.catalog, 2]

    static func table(_ name: String) -> [UInt8] { tables + Array(name.utf8) }

    static func drop(_ number: UInt32) -> [UInt8] {
        var key = drops
        key.append(bigEndian: number)
        return key
    }
}
