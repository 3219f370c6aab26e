// Unsafe pointers: a file's first and last bytes are read into a buffer of this file's own.

/// A file of a database folder, opened for a look and never for a write.
///
/// Tables never change, and logs and manifests only grow, so a file may be inspected while an engine
/// has its folder open: what is seen is the file as it was at some moment of the inspection. No lock
/// is taken.
package struct InspectedFile: Sendable {
    /// What a file holds.
    package enum Kind: Sendable {
        case log
        case manifest
        case table
    }

    package let kind: Kind
    package let path: String
    /// The name without its folder.
    package let name: String
    package let sizeBytes: Int
    /// The number that the file's name states, or, under another name than kvd's, the file itself.
    package let number: UInt64
    let handle: any FileHandle

    /// Opens a file and finds out what it is: by its name, or by its magic number where a copy has
    /// been given another name.
    ///
    /// - Parameter path: Of a log, a manifest or a table; that of a `CURRENT` stands for the
    ///   manifest that it names.
    /// - Throws: ``EngineError/unsupportedFormat(_:)`` for a file that is none of kvd's.
    package static func open(_ path: String, filesystem: any Filesystem = POSIXFilesystem())
        throws(EngineError) -> InspectedFile
    {
        let slash = path.lastIndex(of: "/")
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        if FileName(name) == .current {
            let folder = slash.map { String(path[..<$0]) } ?? "."
            let number = try CurrentFile.read(folder: folder, filesystem: filesystem)
            return try open(FileName.manifest(number).path(in: folder), filesystem: filesystem)
        }
        let handle = try onDisk { () throws(FilesystemError) in try filesystem.open(path, .read) }
        let sizeBytes = try onDisk { () throws(FilesystemError) in try handle.size() }
        guard let (kind, number) = try identify(name, handle, sizeBytes: sizeBytes) else {
            throw .unsupportedFormat("\(path) is not a log, a manifest or a table of kvd's")
        }
        return InspectedFile(
            kind: kind, path: path, name: name, sizeBytes: sizeBytes, number: number,
            handle: handle)
    }

    private static func identify(_ name: String, _ handle: any FileHandle, sizeBytes: Int)
        throws(EngineError) -> (Kind, UInt64)?
    {
        switch FileName(name) {
        case .log(let number): return (.log, number)
        case .manifest(let number): return (.manifest, number)
        case .table(let number): return (.table, number)
        default: break
        }
        let end = try bytes(of: handle, at: max(0, sizeBytes - SSTableFormat.footerSizeBytes))
        let start = try bytes(of: handle, at: 0)
        // Their bytes are read after the last mention of them.
        defer { withExtendedLifetime((end, start)) {} }
        if let footer = try? SSTableFooter.read(end.bytes, file: name, fileSize: sizeBytes) {
            return (.table, footer.fileNumber)
        }
        guard let number = LogFraming.statedNumber(start.bytes) else { return nil }
        let isManifest = try firstRecordIsEdit(handle, number: number)
        return (isManifest ? .manifest : .log, number)
    }

    /// A manifest's framing is a log's, but its first record is an edit; a batch begins with a
    /// sequence, whose high bytes are zero, and no field of an edit has the tag 0.
    private static func firstRecordIsEdit(_ handle: any FileHandle, number: UInt64)
        throws(EngineError) -> Bool
    {
        let reader = try LogReader(handle, name: "", fileNumber: number)
        guard (try? reader.readHeader()) != nil, let record = try? reader.nextRecord() else {
            return false
        }
        return VersionEdit.read(record) != nil
    }

    /// About a hundred bytes of a file, fewer at its end.
    static func bytes(of handle: any FileHandle, at offset: Int, count: Int = 128)
        throws(EngineError) -> OutputBuffer
    {
        let buffer = OutputBuffer(capacity: count)
        buffer.append(zeros: count)
        let target = UnsafeMutableRawBufferPointer(start: buffer.base, count: count)
        let read = try onDisk { () throws(FilesystemError) in
            try handle.read(into: target, at: offset)
        }
        buffer.truncate(to: read)
        return buffer
    }
}
