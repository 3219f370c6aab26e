import Foundation
import KvdTestSupport
import StorageEngine
import Testing

@Suite("Databases of format version 1", .serialized)
struct FormatFixtureTests {
    @Test(
        "The fixture is written where that is asked for", .enabled(if: FormatFixture.isToBeWritten))
    func write() throws {
        try FormatFixture.write()
    }

    @Test("A folder written by version 1 reads byte for byte as it was written")
    func read() throws {
        let copy = try FormatFixture.temporaryCopy()
        defer { try? FileManager.default.removeItem(at: copy) }
        let expected = try String(contentsOf: FormatFixture.contents, encoding: .utf8)
        let engine = try Engine.open(folder: copy.path(), options: FormatFixture.options)
        #expect(try FormatFixture.text(of: engine) == expected)
        try engine.close()
        // Once more, after the open has replayed the log and written its own files.
        let again = try Engine.open(folder: copy.path(), options: FormatFixture.options)
        #expect(try FormatFixture.text(of: again) == expected)
        try again.close()
    }

    @Test("The fixture holds what its description says, in tables of two levels and a log")
    func coverage() throws {
        var model = OrderedMapModel()
        for case .commit(let changes) in FormatFixture.steps() { model.apply(changes) }
        let names = try FileManager.default.contentsOfDirectory(
            atPath: FormatFixture.database.path())
        #expect(names.contains("CURRENT"))
        #expect(names.contains { $0.hasPrefix("MANIFEST-") })
        #expect(names.contains { $0.hasSuffix(".log") })
        #expect(names.filter { $0.hasSuffix(".sst") }.count >= 2)
        let copy = try FormatFixture.temporaryCopy()
        defer { try? FileManager.default.removeItem(at: copy) }
        let engine = try Engine.open(folder: copy.path(), options: FormatFixture.options)
        try engine.requireEqual(model)
        try engine.close()
    }
}
