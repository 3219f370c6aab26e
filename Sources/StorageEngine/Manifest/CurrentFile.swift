// Unsafe pointers: the file's bytes are held by the buffer they were read into.

/// The file that names the manifest in force.
///
/// Its text is `MANIFEST-<number> <crc32c of the name, eight hex digits>` and a line feed. It is
/// written beside itself, synced and renamed over, so that a crash leaves the old or the new one.
enum CurrentFile {
    /// Makes `manifest` the one in force.
    static func install(manifest: UInt64, folder: String, filesystem: any Filesystem)
        throws(EngineError)
    {
        let temporary = FileName.temporaryCurrent.path(in: folder)
        let final = FileName.current.path(in: folder)
        let text = self.text(manifest)
        // A crash, or a full disk, may have left the file of an earlier attempt; mostly there is
        // none and the removal fails.
        try? filesystem.remove(temporary)
        try onDisk { () throws(FilesystemError) in
            let handle = try filesystem.open(temporary, .create)
            let buffer = OutputBuffer()
            buffer.append([UInt8](text.utf8))
            try handle.write(buffer.bytes, at: 0)
            try handle.sync()
            try filesystem.rename(temporary, to: final)
            try filesystem.syncFolder(folder)
        }
    }

    /// The number of the manifest in force.
    static func read(folder: String, filesystem: any Filesystem) throws(EngineError) -> UInt64 {
        let path = FileName.current.path(in: folder)
        let handle = try onDisk { () throws(FilesystemError) in try filesystem.open(path, .read) }
        let contents = try readWholeFile(handle)
        let text = String(decoding: contents.bytes, as: UTF8.self)
        let name = text.prefix { $0 != " " }
        guard case .manifest(let number) = FileName(String(name)), self.text(number) == text else {
            throw .corruption(
                file: FileName.current.name, offset: 0, reason: "it does not name a manifest")
        }
        return number
    }

    private static func text(_ manifest: UInt64) -> String {
        let name = FileName.manifest(manifest).name
        let crc = [UInt8](name.utf8).withUnsafeBytes { Checksum.crc32c($0) }
        let hex = String(crc, radix: 16)
        return "\(name) \(String(repeating: "0", count: 8 - hex.count))\(hex)\n"
    }
}
