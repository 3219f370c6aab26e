import Foundation
import KvdTestSupport
import StorageEngine
import Testing

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Writes that are copies into a mapping read like any other, whoever reads and whatever stops.
@Suite("Windows of files")
final class WindowTests {
    private let folder = FileManager.default.temporaryDirectory.path + "/kvd-window-\(UUID())"
    private let files = POSIXFilesystem()

    init() throws { try files.createFolder(folder) }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func contents(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    @Test("Random writes before, in, across and behind windows leave the file a model has")
    func model() throws {
        var random = SeededRandom.fromEnvironment("WindowTests")
        for round in 0..<20 {
            let path = folder + "/\(round)"
            let file = try files.open(path, .create)
            var model: [UInt8] = []
            for _ in 0..<200 {
                if random.chance(1, in: 8) {
                    // From somewhere in the last pages to a new end or one before it.
                    let zeros = Array(repeating: UInt8(0), count: random.int(in: 0...20_000))
                    try zeros.withUnsafeBytes { try file.write($0, at: model.count) }
                    model += zeros
                    let start = max(0, model.count - random.int(in: 0...29_000))
                    _ = file.openWindow(start..<random.int(in: start...model.count))
                }
                let offset = random.int(in: 0...model.count)
                let written = random.bytes(count: random.int(in: 0...3_000))
                try written.withUnsafeBytes { try file.write($0, at: offset) }
                model += Array(repeating: 0, count: max(0, offset + written.count - model.count))
                model.replaceSubrange(offset..<offset + written.count, with: written)
                if random.chance(1, in: 30) { try file.sync() }
            }
            #expect(try file.size() == model.count)
            #expect(try contents(path) == model)
        }
    }

    @Test("What was committed without syncs is there when the process stops at any commit")
    func processStops() throws {
        var options = EngineOptions.tiny(filesystem: files)
        options.memtableSizeBytes = 1 << 20
        options.logZerosAheadSizeBytes = 4 << 10
        for durability in [Durability.none, .interval(.seconds(3_600))] {
            options.durability = durability
            options.backgroundWork = .threads
            let path = folder + "/db-\(durability)"
            let engine = try Engine.open(folder: path, options: options)
            for number in 0..<300 {
                try engine.commit([.put(bytes("key \(number)"), bytes("value \(number)"))])
                guard number % 37 == 0 else { continue }
                // The files as they stand are what a process leaves that is killed here.
                let copy = folder + "/copy-\(durability)-\(number)"
                try FileManager.default.copyItem(atPath: path, toPath: copy)
                let again = try Engine.open(folder: copy, options: options)
                #expect(try again.entries().count == number + 1)
                #expect(try again.get(bytes("key \(number)")) == bytes("value \(number)"))
                try again.close()
            }
            try engine.close()
        }
    }

    @Test("A window is closed with its file, and no limit on locked memory is reached")
    func manyWindows() throws {
        for number in 0..<200 {
            let file = try files.open(folder + "/\(number)", .create)
            for index in 0..<4 {
                let start = index * (256 << 10)
                let zeros = [UInt8](repeating: 0, count: 256 << 10)
                try zeros.withUnsafeBytes { try file.write($0, at: start) }
                _ = file.openWindow(start..<start + zeros.count)
                try bytes("x").withUnsafeBytes { try file.write($0, at: start) }
            }
            #expect(try file.size() >= 3 * (256 << 10) + 1)
        }
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let locked = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmLck:") })
        let kibibytes = try #require(
            locked.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        #expect(kibibytes < 100 * 256, "\(locked)")
    }
}
