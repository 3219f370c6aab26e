// Unsafe pointers: a cursor lends key and value until its next move, and each is used before that.

internal import ItemModel
internal import StorageEngine

/// What one page of a Query or Scan is to be read from.
struct PagePlan {
    let table: TableDescriptor
    let index: IndexDescriptor?
    let range: KeyRange
    let isForward: Bool
    let limit: Int?
    let filter: ConditionExpression?
    let output: PageOutput
    let isConsistent: Bool
    var fillsCache = true
}

/// One page of a Query or Scan.
struct Page {
    var items = EncodedItemList()
    var count = 0
    var scannedCount = 0
    var lastEvaluatedKey: EncodedItem?
    /// The sizes of the rows looked at, before the filter.
    var sizeBytes = 0
    /// Read units for items that were read from the table besides their index rows.
    var fetchUnits = 0.0
}

extension Database {
    /// Walks a range and gathers a page.
    ///
    /// The page ends after `limit` rows, or with the row that makes 1 MB of rows looked at; it then
    /// names that row as the last evaluated key, whether or not there are more.
    func readPage(_ plan: PagePlan, _ attempt: Attempt) throws(OperationFault) -> Page {
        let workspace = workspaces.take()
        defer { workspaces.giveBack(workspace) }
        // Index rows and the items behind them must be of one moment.
        let point: ReadPoint = plan.output.fetchesItems ? .snapshot(engine.snapshot()) : .durable
        let cursor = try lift { () throws(EngineError) in
            let cursor = try engine.cursor(
                lower: plan.range.lower, upper: plan.range.upper, at: point,
                mode: attempt.readMode, fillsCache: plan.fillsCache)
            if plan.isForward { try cursor.seekToFirst() } else { try cursor.seekToLast() }
            return cursor
        }
        var page = Page()
        while cursor.isValid {
            let row = ItemView(cursor.value)
            page.scannedCount += 1
            page.sizeBytes += row.sizeBytes
            if plan.output.fetchesItems {
                try take(itemBehind: row, plan, at: point, into: &page, workspace, attempt)
            } else {
                try take(row, plan, into: &page, workspace)
            }
            if page.scannedCount == plan.limit || page.sizeBytes >= Limits.pageSizeBytes {
                page.lastEvaluatedKey = try plan.key(of: row, workspace)
                break
            }
            try lift { () throws(EngineError) in
                if plan.isForward { try cursor.next() } else { try cursor.previous() }
            }
        }
        try plan.table.requireNotDropped()
        page.items.finish(&workspace.itemBytes)
        return page
    }

    /// Filters, projects and adds one item.
    private func take(
        _ item: ItemView, _ plan: PagePlan, into page: inout Page, _ workspace: Workspace
    ) throws(OperationFault) {
        if let filter = plan.filter {
            do {
                if try !filter.matches(item) { return }
            } catch {
                throw OperationFault(error)
            }
        }
        page.count += 1
        if plan.output.isCount { return }
        guard let projection = plan.output.projection else {
            return page.items.append(item, from: &workspace.itemBytes)
        }
        projection.apply(to: item, encoder: &workspace.encoder)
        workspace.encoder.withView { page.items.append($0, from: &workspace.itemBytes) }
    }

    /// Reads the item a local index row stands for, and takes that.
    private func take(
        itemBehind row: ItemView, _ plan: PagePlan, at point: ReadPoint, into page: inout Page,
        _ workspace: Workspace, _ attempt: Attempt
    ) throws(OperationFault) {
        workspace.rowKey.removeAll(keepingCapacity: true)
        plan.table.appendRowKey(of: row, to: &workspace.rowKey)
        let stored = try readItem(workspace.rowKey, attempt, at: point)
        defer { withExtendedLifetime(stored) {} }
        guard let stored else {
            throw .refused(
                DatabaseError(
                    code: .internalServerError,
                    message: "an index of \(plan.table.name) has a row without an item"))
        }
        let item = ItemView(stored.bytes)
        page.fetchUnits += ReadUnits.units(
            sizeBytes: item.sizeBytes, isConsistent: plan.isConsistent)
        try take(item, plan, into: &page, workspace)
    }
}

extension PagePlan {
    /// The key attributes of a row, for the next page's ExclusiveStartKey.
    fileprivate func key(
        of row: ItemView, _ workspace: Workspace
    ) throws(OperationFault) -> EncodedItem {
        do {
            try workspace.encoder.project(
                row, table.keyAttributes(with: index).map(\.nameBytes))
        } catch {
            throw OperationFault(error)
        }
        return workspace.encoder.take()
    }
}
