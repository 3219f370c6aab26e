internal import ItemModel
internal import StorageEngine

/// Removes a table with all its rows, at the same cost for one row as for millions.
///
/// See <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html>.
public enum DeleteTable {
    /// What DeleteTable is asked.
    public struct Request: Sendable, Hashable {
        /// The table's name, or its ARN.
        public var tableName: String

        public init(
            tableName: String
        ) {
            self.tableName = tableName
        }
    }

    /// What DeleteTable answers.
    public struct Response: Sendable, Hashable {
        /// `tableStatus` is DELETING.
        public var tableDescription: TableDescription

        public init(
            tableDescription: TableDescription
        ) {
            self.tableDescription = tableDescription
        }
    }
}

// MARK: - Operation

extension Database {
    public func deleteTable(_ request: DeleteTable.Request) async throws(DatabaseError)
        -> DeleteTable.Response
    {
        try await answer { deleteTable(request, completion: $0) }
    }

    /// Answers through a callback, perhaps before it returns; see ``Completion``.
    public func deleteTable(
        _ request: DeleteTable.Request, completion: @escaping Completion<DeleteTable.Response>
    ) {
        runOnIOThread(.writing, completion) { (database, attempt) throws(OperationFault) in
            try database.perform(request, &attempt)
        }
    }

    private func perform(
        _ request: DeleteTable.Request, _ attempt: inout Attempt
    ) throws(OperationFault) -> DeleteTable.Response {
        let name = try tableName(of: request.tableName)
        return try catalog.changes.withLock { () throws(OperationFault) in
            // Validate.
            guard let table = catalog[name] else { throw .tableNotFound(name) }
            if table.definition.request.deletionProtectionEnabled == true {
                throw .validation(
                    "Resource cannot be deleted as it is currently protected against deletion. "
                        + "Disable deletion protection first.")
            }
            let description = table.description(.deleting, engine)

            // Batch and commit. With every latch held no write of the table is under way, and each
            // that comes after finds it dropped. They are held until the drop is durable, so that
            // nobody misses a table that may come back.
            let batch = WriteBatch()
            batch.delete(key: CatalogRow.table(name))
            do throws(ItemError) {
                batch.put(
                    key: CatalogRow.drop(table.number),
                    value: try CatalogRow.dropValue(tableName: name).bytes)
            } catch {
                throw OperationFault(error)
            }
            let held = try latches.acquireEvery(attempt)
            defer { held.release() }
            try lift { () throws(EngineError) in try engine.commit(batch) }
            table.markDropped()
            catalog.remove(name)
            // Not before: a read under way that misses the rows sees that their table is dropped.
            engine.removeRows(ofTable: table.number)
            return DeleteTable.Response(tableDescription: description)
        }
    }
}
