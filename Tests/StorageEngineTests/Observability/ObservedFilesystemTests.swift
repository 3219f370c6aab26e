import Glibc
import KvdTestSupport
@testable import StorageEngine
import Testing

@Suite("The disk as the engine sees it")
struct ObservedFilesystemTests {
    private let disk = SimulatedFilesystem(seed: 1)

    private func observed() throws -> ObservedFilesystem {
        for folder in ["/db", "/copy"] { try disk.createFolder(folder) }
        return ObservedFilesystem(
            disk: disk, observer: EngineObserver(onEvent: nil), slowDiskThreshold: .seconds(1))
    }

    private func syncCount(_ folder: String) -> Int {
        disk.recordedCalls.count { $0.kind == .syncFolder && $0.path == folder }
    }

    @Test("A folder whose sync failed is not synced again, whoever asks; others are")
    func failedSync() throws {
        let observed = try observed()
        disk.recordCalls()
        disk.setHook { $0.kind == .syncFolder && $0.path == "/db" ? .fail(code: EIO) : .run }
        let first = #expect(throws: FilesystemError.self) { try observed.syncFolder("/db") }
        disk.setHook(nil)
        let second = #expect(throws: FilesystemError.self) { try observed.syncFolder("/db") }
        #expect(first == second)
        #expect(syncCount("/db") == 1)
        try observed.syncFolder("/copy")
        try observed.syncFolder("/copy")
        #expect(syncCount("/copy") == 2)
    }

    @Test("One that could not be opened for it is tried again: nothing can have been lost")
    func failedOpen() throws {
        let notOpened = FilesystemError(code: EMFILE, operation: "open", path: "/db")
        #expect(!notOpened.isFailedSync(ofFolder: "/db"))
        let notSynced = FilesystemError(code: EIO, operation: "fsync", path: "/db")
        #expect(notSynced.isFailedSync(ofFolder: "/db"))
    }
}
