import KVDatabase
import StorageEngine

/// The rows of a closed database, read through the engine alone: what SPEC.md draws.
struct StoredRows {
    let rows: [(key: [UInt8], value: [UInt8])]

    init(_ filesystem: any Filesystem) throws {
        var options = EngineOptions()
        options.filesystem = filesystem
        options.memtableSizeBytes = 1 << 20
        let engine = try Engine.open(folder: "data", options: options)
        var rows: [(key: [UInt8], value: [UInt8])] = []
        let cursor = try engine.cursor()
        try cursor.seekToFirst()
        while cursor.isValid {
            rows.append((Array(cursor.key), Array(cursor.value)))
            try cursor.next()
        }
        self.rows = rows
        try engine.close()
    }

    func rows(space: UInt8) -> [(key: [UInt8], value: [UInt8])] {
        rows.filter { $0.key.first == space }
    }
}
