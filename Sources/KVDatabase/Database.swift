package import StorageEngine
internal import Synchronization

/// DynamoDB's tables in a folder of this machine.
///
/// ```swift
/// let database = try Database.open(at: "data")
/// _ = try await database.putItem(
///     .init(tableName: "orders", item: EncodedItem(["id": "o-1", "total": 12])))
/// ```
///
/// Open a folder once, share the database among all threads and tasks, and ``close()`` it at the
/// end; one that is let go without that is closed soon after, and its errors are lost. Each operation is there twice: as an `async` method, and with a completion for callers that
/// run on an event loop; see Execution/Database+Execution.swift for how they run.
///
/// What an operation has answered is on the disk (with the default durability), and no answer shows
/// a state that a crash could take back.
public final class Database: TableOperations, Sendable {
    let engine: Engine
    let catalog: Catalog
    let latches = LatchTable()
    let workspaces = WorkspacePool()
    let options: DatabaseOptions
    private let isClosed = Atomic<Bool>(false)

    private init(engine: Engine, options: DatabaseOptions) throws(EngineError) {
        self.engine = engine
        self.options = options
        catalog = try Catalog.read(from: engine, options: options)
    }

    deinit {
        if isClosed.load(ordering: .relaxed) { return }
        // A database that was let go without a close still has threads, one of which may be running
        // this; they can only be ended from another.
        let engine = engine
        Task.detached { try? engine.close() }
    }

    /// Opens the database in `folder`, and makes it if there is none.
    ///
    /// - Throws: ``DatabaseError`` with the code InternalServerError, whose message says what is
    ///   wrong with the folder: in use by another process, damaged, or not writable.
    public static func open(
        at folder: String, options: DatabaseOptions = .init()
    ) throws(DatabaseError) -> Database {
        do throws(EngineError) {
            let engine = try Engine.open(folder: folder, options: options.engineOptions)
            do throws(EngineError) {
                return try Database(engine: engine, options: options)
            } catch {
                // The catalog's error is the one to tell.
                try? engine.close()
                throw error
            }
        } catch {
            throw DatabaseError(error)
        }
    }

    /// A database that lives in memory and ends with the process.
    public static func inMemory(
        options: DatabaseOptions = .init()
    ) throws(DatabaseError) -> Database {
        var options = options
        options.filesystem = MemoryFilesystem()
        return try open(at: "memory", options: options)
    }

    /// Makes everything durable and gives the folder back. Operations after it are refused.
    ///
    /// The calling thread waits for the last sync: there is nothing left to serve meanwhile.
    public func close() async throws(DatabaseError) {
        isClosed.store(true, ordering: .relaxed)
        do {
            try engine.close()
        } catch {
            throw DatabaseError(error)
        }
    }

    /// Makes a copy of the database in `folder` while operations go on.
    ///
    /// The copy holds the state of one moment during the call, with every write that was answered
    /// before it, and is opened like any other database. It shares the table files with this one,
    /// as hard links, where both folders are on one filesystem, so it is quick and takes little
    /// space at first; neither is touched by what happens to the other. A database in memory is
    /// copied into the same memory, where nothing can open it.
    ///
    /// - Parameter folder: A new folder, or an empty one. A crash during the call can leave one
    ///   that does not open; it has to be removed before another try.
    /// - Throws: ``DatabaseError`` with the code InternalServerError, whose message says what is
    ///   wrong: the folder is not empty, the disk is full, this database is closed or read-only.
    public func checkpoint(to folder: String) async throws(DatabaseError) {
        try await answer { completion in
            runOnIOThread(.writing, completion) { (database, _) throws(OperationFault) in
                try lift { () throws(EngineError) in try database.engine.checkpoint(to: folder) }
            }
        }
    }

    /// Moves everything that is in memory into table files, for tests that must read from those.
    package func flush() throws(EngineError) { try engine.flush() }
}
