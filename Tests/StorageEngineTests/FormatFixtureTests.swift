import Foundation
import KvdTestSupport
@testable import StorageEngine
import Testing

@Suite("Databases of each format version", .serialized)
struct FormatFixtureTests {
    @Test(
        "The fixture is written where that is asked for", .enabled(if: FormatFixture.isToBeWritten))
    func write() throws {
        try FormatFixture.write()
    }

    @Test(
        "A folder reads byte for byte as it was written",
        arguments: [FormatFixture.version1, .version2])
    func read(_ fixture: FormatFixture) throws {
        let copy = try fixture.temporaryCopy()
        defer { try? FileManager.default.removeItem(at: copy) }
        let expected = try String(contentsOf: fixture.contents, encoding: .utf8)
        let engine = try Engine.open(folder: copy.path(), options: FormatFixture.options)
        #expect(try FormatFixture.text(of: engine) == expected)
        try engine.close()
        // Once more, after the open has replayed the log and written its own files.
        let again = try Engine.open(folder: copy.path(), options: FormatFixture.options)
        #expect(try FormatFixture.text(of: again) == expected)
        try again.close()
    }

    @Test(
        "The fixture holds what its description says, in tables of two levels and a log",
        arguments: [FormatFixture.version1, .version2])
    func coverage(_ fixture: FormatFixture) throws {
        var model = OrderedMapModel()
        for case .commit(let changes) in fixture.steps() { model.apply(changes) }
        let names = try FileManager.default.contentsOfDirectory(
            atPath: fixture.database.path())
        #expect(names.contains("CURRENT"))
        #expect(names.contains { $0.hasPrefix("MANIFEST-") })
        #expect(names.contains { $0.hasSuffix(".log") })
        #expect(names.filter { $0.hasSuffix(".sst") }.count >= 2)
        let copy = try fixture.temporaryCopy()
        defer { try? FileManager.default.removeItem(at: copy) }
        let engine = try Engine.open(folder: copy.path(), options: FormatFixture.options)
        try engine.requireEqual(model)
        try engine.close()
    }

    @Test("That of version 2 has sync marks in its log and manifest, no clean end, and tombstones")
    func marks() throws {
        let files = try InspectedFiles.fixture(.version2)
        let inspected = InspectedFiles()
        for (name, bytes) in files where name.hasSuffix(".log") {
            let steps = try LogInspection(inspected.file(name, bytes)).allSteps().steps
            let marks = steps.filter { if case .syncMark = $0 { true } else { false } }
            #expect(marks.count >= 2)
            guard case .header(let header) = steps.first else {
                Issue.record("\(name) has no header")
                continue
            }
            #expect(header.version == 2)
            guard case .end(.complete) = steps.last else {
                Issue.record("\(name) ends with \(String(describing: steps.last))")
                continue
            }
        }
        let (name, bytes) = try #require(files.first { $0.key.hasPrefix("MANIFEST") })
        let manifest = try ManifestInspection(inspected.file(name, bytes))
        let steps = manifest.allSteps().steps
        #expect(steps.contains { if case .syncMark = $0 { true } else { false } })
        #expect(manifest.version?.tables.contains { $0.rangeDeletionCount > 0 } == true)
    }
}
