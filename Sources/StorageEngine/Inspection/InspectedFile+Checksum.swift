// Unsafe pointers: the file is read into a buffer of this file's own, a piece at a time.

extension InspectedFile {
    private static let pieceBytes = 256 << 10

    /// The CRC-32C of the whole file, which the manifest keeps for each table.
    package func wholeChecksum() throws(EngineError) -> UInt32 {
        var crc: UInt32 = 0
        var offset = 0
        while offset < sizeBytes {
            let piece = try Self.bytes(of: handle, at: offset, count: Self.pieceBytes)
            if piece.count == 0 { break }
            crc = Checksum.crc32c(piece.bytes, continuing: crc)
            offset += piece.count
        }
        return crc
    }
}

extension InspectedTable {
    /// Holds this table's file against what the manifest says of it.
    ///
    /// - Throws: ``EngineError/corruption(file:offset:reason:)`` for the first difference.
    package func verify(_ file: InspectedFile) throws(EngineError) {
        let crc = try file.wholeChecksum()
        guard crc == checksum, file.sizeBytes == sizeBytes else {
            throw .corruption(
                file: file.name, offset: 0,
                reason: "the whole file's checksum or size is not what the manifest says")
        }
    }
}
