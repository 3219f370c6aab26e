internal import ItemModel

/// What Query and Scan return of each item.
struct PageOutput {
    let isCount: Bool
    let projection: ProjectionExpression?
    /// Whether items must be read from the table because a local index does not hold what is
    /// wanted.
    let fetchesItems: Bool

    /// Decides by `Select`, or without one by what else the request says.
    init(
        select: Select?, projection: ProjectionExpression?, table: TableDescriptor,
        index: IndexDescriptor?
    ) throws(OperationFault) {
        if let projection { try Self.check(select, with: projection) }
        isCount = select == .count
        self.projection = projection
        switch select {
        case .specificAttributes where projection == nil:
            throw .validation(
                "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
                    + "SPECIFIC_ATTRIBUTES")
        case .allProjectedAttributes where index == nil:
            throw .validation(
                "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
        default: break
        }
        guard let index else {
            fetchesItems = false
            return
        }
        let missing = (projection?.topLevelNames ?? []).filter { !index.projects($0) }
        let wantsAll = select == .allAttributes && index.projectedNames != nil
        if index.kind == .global {
            if wantsAll {
                throw .invalidParameter(
                    "Select type ALL_ATTRIBUTES is not supported for global secondary index "
                        + "\(index.name) because its projection type is not ALL")
            }
            if !missing.isEmpty {
                throw .invalidParameter(
                    "Global secondary index \(index.name) does not project "
                        + "[\(missing.joined(separator: ", "))]")
            }
        }
        fetchesItems = wantsAll || !missing.isEmpty
    }

    private static func check(
        _ select: Select?, with projection: ProjectionExpression
    ) throws(OperationFault) {
        guard let select, select != .specificAttributes else { return }
        let choice = select == .count ? "only the Count" : select.rawValue
        throw .validation(
            "Cannot specify the ProjectionExpression when choosing to get \(choice)")
    }
}
