import Foundation
import StorageEngine
import Testing

@Suite("The disk of the operating system")
struct POSIXFilesystemTests {
    @Test("It tells how much room a folder has, and not where there is no folder")
    func availableBytes() throws {
        let folder = FileManager.default.temporaryDirectory.path
        let told = try #require(POSIXFilesystem().availableBytes(in: folder))
        let attributes = try FileManager.default.attributesOfFileSystem(forPath: folder)
        let free = try #require(attributes[.systemFreeSize] as? NSNumber).intValue
        // Others write meanwhile.
        #expect(told > 0 && abs(told - free) < max(free / 2, 1 << 30))
        #expect(POSIXFilesystem().availableBytes(in: folder + "/kvd-none-\(UUID())") == nil)
    }
}
