import StorageEngine
import Testing

@Suite("The file system in memory")
struct MemoryFilesystemTests {
    @Test("A lock that was given back does not free the next holder's when it goes")
    func lockIsReleasedOnce() throws {
        let filesystem = MemoryFilesystem()
        var first = try filesystem.lock("/db/LOCK")
        first?.release()
        let second = try filesystem.lock("/db/LOCK")
        #expect(second != nil)
        first?.release()
        first = nil
        #expect(try filesystem.lock("/db/LOCK") == nil)
        second?.release()
        #expect(try filesystem.lock("/db/LOCK") != nil)
    }
}
