import Foundation
import Testing

@testable import EngineBench

@Suite struct BenchFolderTests {
    private let files = FileManager.default

    @Test func onlyTheSubfolderComesAndGoes() throws {
        try withTemporaryFolder { folder in
            try Data("mine".utf8).write(to: URL(fileURLWithPath: "\(folder)/kvd"))
            let made = try BenchFolder(in: folder, isShared: false)
            #expect(made.path == "\(folder)/kvd-bench")
            try made.remove()
            try made.remove()
            #expect(try files.contentsOfDirectory(atPath: folder) == ["kvd"])
        }
    }

    @Test func whatAnEarlierRunLeftIsRemoved() throws {
        try withTemporaryFolder { folder in
            let first = try BenchFolder(in: folder, isShared: false)
            try files.createDirectory(
                atPath: "\(first.path)/kvd/tables", withIntermediateDirectories: true)
            let second = try BenchFolder(in: folder, isShared: true)
            #expect(
                try files.contentsOfDirectory(atPath: second.path) == [BenchFolder.markerName])
            try first.remove()
        }
    }

    @Test func oneRunAtATimeWorksInIt() throws {
        try withTemporaryFolder { folder in
            let first = try BenchFolder(in: folder, isShared: false)
            try Data("mine".utf8).write(to: URL(fileURLWithPath: "\(first.path)/data"))
            let error = try #require(throws: PeerError.self) {
                try BenchFolder(in: folder, isShared: false)
            }
            #expect(error.description.contains("another benchmark"))
            #expect(files.fileExists(atPath: "\(first.path)/data"))
            // What a child removes is not the lock.
            try BenchFolder(in: folder, isShared: true).remove()
            #expect(!files.fileExists(atPath: "\(first.path)/data"))
            #expect(throws: PeerError.self) { try BenchFolder(in: folder, isShared: false) }
            try first.remove()
            try BenchFolder(in: folder, isShared: false).remove()
        }
    }

    @Test func anEmptySubfolderIsTaken() throws {
        try withTemporaryFolder { folder in
            try files.createDirectory(
                atPath: "\(folder)/kvd-bench", withIntermediateDirectories: false)
            try BenchFolder(in: folder, isShared: false).remove()
            #expect(try files.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }

    @Test func filesThatNoBenchmarkMadeAreLeftAlone() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/kvd-bench"
            try files.createDirectory(atPath: path, withIntermediateDirectories: false)
            try Data("mine".utf8).write(to: URL(fileURLWithPath: "\(path)/notes"))
            let error = try #require(throws: PeerError.self) {
                try BenchFolder(in: folder, isShared: false)
            }
            #expect(error.description.contains("--folder"))
            #expect(try files.contentsOfDirectory(atPath: path) == ["notes"])
        }
    }
}

/// A new folder that is removed after.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("EngineBenchTests-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
}
