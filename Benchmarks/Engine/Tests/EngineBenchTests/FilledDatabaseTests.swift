import Testing

@testable import EngineBench

@Suite struct FilledDatabaseTests {
    private let workload = Workload(entryCount: 2_000, valueBytes: 100, seed: 1)

    private func withDatabase(_ body: (FilledDatabase) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let settings = EngineSettings(
                folder: "\(folder)/kvd", cacheBytes: 4 << 20, isSynced: false,
                userBytes: workload.userBytes, writeBufferBytes: EngineKind.kvd.writeBufferBytes)
            let database = try FilledDatabase(.kvd, workload: workload, settings: settings)
            try body(database)
            try database.remove()
        }
    }

    @Test func whatWasPutIsFound() throws {
        try withDatabase { database in
            try database.fillUntimed()
            for count in [1, 1_000, 2_000] { try database.checkContents(putCount: count) }
            try database.checkContents()
            #expect(throws: PeerError.self) { try database.checkIsEmpty() }
        }
    }

    /// The first thousand of the fill's order are missing.
    @Test(arguments: [1, 1_000, nil])
    func whatWasNotPutIsMissed(putCount: Int?) throws {
        try withDatabase { database in
            try database.fillUntimed(from: 1_000)
            #expect(throws: PeerError.self) {
                try database.checkContents(putCount: putCount)
            }
        }
    }

    @Test func anotherValueIsNoticed() throws {
        try withDatabase { database in
            try database.fillUntimed()
            database.generation = 1
            #expect(throws: PeerError.self) { try database.checkContents(from: 1) }
        }
    }

    @Test func aFolderThatIsThereIsLeftAlone() throws {
        try withDatabase { database in
            #expect(throws: (any Error).self) {
                try FilledDatabase(.kvd, workload: workload, settings: database.settings)
            }
            try database.fillUntimed()
            try database.checkContents()
        }
    }
}
