import Glibc
import KvdTestSupport
import StorageEngine
import Testing

extension FileHandle {
    /// Writes the bytes of an array.
    func write(_ bytes: [UInt8], at offset: Int) throws {
        try bytes.withUnsafeBytes { try write($0, at: offset) }
    }

    /// Reads `count` bytes, or fewer where the file ends.
    func read(count: Int, at offset: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = try bytes.withUnsafeMutableBytes { try self.read(into: $0, at: offset) }
        return Array(bytes[..<read])
    }
}

/// A disk on which the folder "/db" is durable.
private func diskWithFolder(seed: UInt64 = 1) throws -> SimulatedFilesystem {
    let disk = SimulatedFilesystem(seed: seed)
    try disk.createFolder("/db")
    return disk
}

/// Every outcome of `choices` restarts under one policy.
private func restarts(
    of disk: SimulatedFilesystem, _ policy: CrashPolicy, choices: UInt64 = 200
) -> [SimulatedFilesystem] {
    (0..<choices).map { disk.restart(policy, choice: $0) }
}

@Suite("Simulated disk: names")
struct SimulatedNameTests {
    @Test("A file can be created once, listed, opened and removed")
    func lifecycle() throws {
        let disk = try diskWithFolder()
        _ = try disk.open("/db/a", .create)
        #expect(throws: FilesystemError(code: EEXIST, operation: "create", path: "/db/a")) {
            _ = try disk.open("/db/a", .create)
        }
        #expect(try disk.list("/db") == ["a"])
        _ = try disk.open("/db/a", .read)
        try disk.remove("/db/a")
        #expect(throws: FilesystemError(code: ENOENT, operation: "open", path: "/db/a")) {
            _ = try disk.open("/db/a", .read)
        }
        #expect(throws: FilesystemError(code: ENOENT, operation: "create", path: "/no/a")) {
            _ = try disk.open("/no/a", .create)
        }
    }

    @Test("An open file stays readable after its name is removed")
    func removedWhileOpen() throws {
        let disk = try diskWithFolder()
        let file = try disk.open("/db/a", .create)
        try file.write([1, 2, 3], at: 0)
        try disk.remove("/db/a")
        #expect(try file.read(count: 8, at: 1) == [2, 3])
    }

    @Test("A rename replaces what stood under the new name")
    func renameReplaces() throws {
        let disk = try diskWithFolder()
        try disk.open("/db/a", .create).write([1], at: 0)
        try disk.open("/db/b", .create).write([2], at: 0)
        try disk.rename("/db/a", to: "/db/b")
        #expect(try disk.names(in: "/db") == ["b"])
        #expect(try disk.contents(of: "/db/b") == [1])
    }

    @Test("A file handle opened for reads refuses writes")
    func readOnlyHandle() throws {
        let disk = try diskWithFolder()
        _ = try disk.open("/db/a", .create)
        let file = try disk.open("/db/a", .read)
        #expect(throws: FilesystemError(code: EBADF, operation: "write", path: "/db/a")) {
            try file.write([1], at: 0)
        }
    }

    @Test("A name that was never synced may be lost though its file was")
    func fileSyncDoesNotSyncName() throws {
        let disk = try diskWithFolder()
        let file = try disk.open("/db/a", .create)
        try file.write([1], at: 0)
        try file.sync()
        #expect(try disk.restart(.losesAll).names(in: "/db").isEmpty)
        #expect(try disk.restart(.keepsAll).contents(of: "/db/a") == [1])
    }

    @Test("A synced folder keeps its names under every policy")
    func syncedNamesSurvive() throws {
        let disk = try diskWithFolder()
        _ = try disk.open("/db/a", .create)
        try disk.syncFolder("/db")
        for policy in CrashPolicy.all {
            for outcome in restarts(of: disk, policy, choices: 20) {
                #expect(try outcome.names(in: "/db") == ["a"], "\(policy)")
            }
        }
    }

    @Test("A folder and its parents are durable once created")
    func createdFoldersSurvive() throws {
        let disk = SimulatedFilesystem(seed: 1)
        try disk.createFolder("/data/db")
        #expect(try disk.restart(.losesAll).names(in: "/data/db").isEmpty)
    }

    @Test("A rename happens whole or not at all, whatever the policy")
    func renameIsAtomic() throws {
        let disk = try diskWithFolder()
        try disk.open("/db/CURRENT", .create).write([1], at: 0)
        try disk.open("/db/new", .create).write([2], at: 0)
        try disk.open("/db/CURRENT", .update).sync()
        try disk.open("/db/new", .update).sync()
        try disk.syncFolder("/db")
        try disk.rename("/db/new", to: "/db/CURRENT")
        for policy in CrashPolicy.all {
            var seen: Set<[String]> = []
            for outcome in restarts(of: disk, policy, choices: 50) {
                let names = try outcome.names(in: "/db")
                seen.insert(names)
                let current = try outcome.contents(of: "/db/CURRENT")
                #expect(current == (names.contains("new") ? [1] : [2]), "\(policy)")
            }
            if policy.names == .any || policy.names == .prefix {
                #expect(seen.count == 2, "both outcomes appear under \(policy)")
            }
        }
    }

    @Test("Ordered policies keep a prefix of the changes, the free one any subset")
    func orderOfChanges() throws {
        let disk = try diskWithFolder()
        for name in ["a", "b", "c"] { _ = try disk.open("/db/\(name)", .create) }
        let ordered = Set(
            try restarts(of: disk, .init(data: .kept, names: .prefix)).map {
                try $0.names(in: "/db")
            })
        #expect(ordered == [[], ["a"], ["a", "b"], ["a", "b", "c"]])
        let free = Set(
            try restarts(of: disk, .init(data: .kept, names: .any)).map {
                try $0.names(in: "/db")
            })
        #expect(free.count == 8)
    }
}

@Suite("Simulated disk: bytes")
struct SimulatedByteTests {
    @Test("Writes land at their offsets and extend the file with zeros")
    func sparseWrite() throws {
        let disk = try diskWithFolder()
        let file = try disk.open("/db/a", .create)
        try file.write([1, 2], at: 3)
        try file.write([9], at: 1)
        #expect(try file.size() == 5)
        #expect(try file.read(count: 10, at: 0) == [0, 9, 0, 1, 2])
        #expect(try file.read(count: 2, at: 1) == [9, 0])
        #expect(try file.read(count: 2, at: 5).isEmpty)
    }

    @Test("Synced bytes survive under every policy, also where later writes are in flight")
    func syncedBytesSurvive() throws {
        let disk = try diskWithFolder()
        let file = try disk.open("/db/a", .create)
        try disk.syncFolder("/db")
        let synced = [UInt8](repeating: 7, count: 2000)
        try file.write(synced, at: 0)
        try file.sync()
        try file.write([UInt8](repeating: 8, count: 2000), at: 2000)
        for policy in CrashPolicy.all {
            for outcome in restarts(of: disk, policy, choices: 20) {
                let contents = try outcome.contents(of: "/db/a")
                #expect(Array(contents.prefix(2000)) == synced, "\(policy)")
            }
        }
    }

    @Test("Of one unsynced write, a prefix policy leaves every length")
    func tornWrite() throws {
        let disk = try diskWithFolder()
        let file = try disk.open("/db/a", .create)
        try disk.syncFolder("/db")
        try file.write([1, 2, 3, 4], at: 0)
        let outcomes = Set(
            try restarts(of: disk, .init(data: .prefix, names: .kept)).map {
                try $0.contents(of: "/db/a")
            })
        #expect(outcomes == [[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]])
    }

    @Test("Unsynced sectors survive independently of each other")
    func sectorsReorder() throws {
        let disk = try diskWithFolder()
        let file = try disk.open("/db/a", .create)
        try disk.syncFolder("/db")
        try file.write([UInt8](repeating: 0, count: 1536), at: 0)
        try file.sync()
        try file.write([UInt8](repeating: 1, count: 1536), at: 0)
        var seen: Set<[UInt8]> = []
        for outcome in restarts(of: disk, .journalled) {
            let contents = try outcome.contents(of: "/db/a")
            #expect(contents.count == 1536)
            for sector in 0..<3 {
                let bytes = contents[sector * 512..<sector * 512 + 512]
                #expect(Set(bytes).count == 1, "a sector is of one moment")
            }
            seen.insert([contents[0], contents[512], contents[1024]])
        }
        #expect(seen.count == 8, "a later sector may survive where an earlier one is lost")
    }

    @Test("A crash inside a write leaves any part of it")
    func crashInsideWrite() throws {
        var lengths: Set<Int> = []
        for seed in 0..<100 as Range<UInt64> {
            let disk = try diskWithFolder(seed: seed)
            let file = try disk.open("/db/a", .create)
            try disk.syncFolder("/db")
            disk.crash(at: disk.callCount + 1)
            #expect(throws: FilesystemError.self) { try file.write([1, 2, 3, 4], at: 0) }
            let outcome = disk.restart(.keepsAll)
            lengths.insert(try outcome.contents(of: "/db/a").count)
        }
        #expect(lengths == [0, 1, 2, 3, 4])
    }

    @Test("A flipped byte is read flipped, before and after a restart")
    func corruption() throws {
        let disk = try diskWithFolder()
        let file = try disk.open("/db/a", .create)
        try file.write([1, 2, 3], at: 0)
        try file.sync()
        try disk.syncFolder("/db")
        try disk.corrupt("/db/a", at: 1, mask: 0x80)
        #expect(try file.read(count: 3, at: 0) == [1, 0x82, 3])
        #expect(try disk.restart(.losesAll).contents(of: "/db/a") == [1, 0x82, 3])
    }
}

@Suite("Simulated disk: faults")
struct SimulatedFaultTests {
    @Test("From the crash on, every call fails and the disk stays as it was")
    func crashStopsEverything() throws {
        let disk = try diskWithFolder()
        let file = try disk.open("/db/a", .create)
        disk.crash(at: disk.callCount + 1)
        #expect(throws: FilesystemError.self) { _ = try file.size() }
        #expect(disk.isCrashed)
        let calls = disk.callCount
        #expect(throws: FilesystemError.self) { try file.write([1], at: 0) }
        #expect(throws: FilesystemError.self) { try disk.syncFolder("/db") }
        #expect(throws: FilesystemError.self) { _ = try disk.lock("/db/LOCK") }
        #expect(disk.callCount == calls, "calls after the crash are not crash points")
    }

    @Test("Only the chosen call fails; a write that fails may have been done in part")
    func failOnce() throws {
        let disk = try diskWithFolder()
        let file = try disk.open("/db/a", .create)
        disk.fail(at: disk.callCount + 1, code: ENOSPC)
        #expect(throws: FilesystemError(code: ENOSPC, operation: "write", path: "/db/a")) {
            try file.write([1, 2, 3], at: 0)
        }
        #expect(try file.size() <= 3)
        try file.write([4], at: 0)
        #expect(try file.read(count: 1, at: 0) == [4])
    }

    @Test("After a failed sync a second one succeeds and yet saves nothing")
    func failedSyncLosesData() throws {
        var lost = 0
        for seed in 0..<50 as Range<UInt64> {
            let disk = try diskWithFolder(seed: seed)
            let file = try disk.open("/db/a", .create)
            try disk.syncFolder("/db")
            try file.write([1, 2, 3], at: 0)
            disk.fail(at: disk.callCount + 1, code: EIO)
            #expect(throws: FilesystemError(code: EIO, operation: "sync", path: "/db/a")) {
                try file.sync()
            }
            try file.sync()
            #expect(try file.read(count: 3, at: 0) == [1, 2, 3], "the cache still has it")
            if try disk.restart(.losesAll).contents(of: "/db/a") != [1, 2, 3] { lost += 1 }
        }
        #expect(lost > 10)
    }

    @Test("A lock excludes a second holder, and dies with the machine")
    func locks() throws {
        let disk = try diskWithFolder()
        let held = try #require(try disk.lock("/db/LOCK"))
        #expect(try disk.lock("/db/LOCK") == nil)
        held.release()
        held.release()
        let again = try #require(try disk.lock("/db/LOCK"))
        held.release()
        #expect(try disk.lock("/db/LOCK") == nil, "an old holder cannot release a new lock")
        let restarted = disk.restart(.keepsAll)
        #expect(try restarted.lock("/db/LOCK") != nil)
        withExtendedLifetime(again) {}
    }

    @Test("Equal seeds and calls give equal outcomes")
    func determinism() throws {
        func outcome() throws -> [[UInt8]] {
            let disk = try diskWithFolder(seed: 42)
            let file = try disk.open("/db/a", .create)
            try disk.syncFolder("/db")
            for block in 0..<20 {
                try file.write([UInt8](repeating: UInt8(block), count: 700), at: block * 600)
            }
            return try restarts(of: disk, .adversarial, choices: 10).map {
                try $0.contents(of: "/db/a")
            }
        }
        let first = try outcome()
        #expect(try outcome() == first)
        #expect(Set(first).count > 1)
    }

    @Test("The hook sees every call, and its verdict counts")
    func hook() throws {
        let disk = try diskWithFolder()
        disk.setHook { call in call.kind == .sync ? .fail(code: EIO) : .run }
        disk.recordCalls()
        let file = try disk.open("/db/a", .create)
        try file.write([1, 2], at: 5)
        #expect(throws: FilesystemError.self) { try file.sync() }
        #expect(disk.recordedCalls.map(\.kind) == [.create, .write, .sync])
        #expect(disk.recordedCalls[1].offset == 5)
        #expect(disk.recordedCalls[1].byteCount == 2)
    }
}
