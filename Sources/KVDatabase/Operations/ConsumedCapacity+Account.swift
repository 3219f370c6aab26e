/// Read capacity units, as AWS counts them.
enum ReadUnits {
    /// One unit for each 4 KB begun if consistent, else half of one; a missing item costs as one of
    /// 4 KB.
    static func units(sizeBytes: Int, isConsistent: Bool) -> Double {
        let blocks = max(1, (sizeBytes + Limits.readUnitSizeBytes - 1) / Limits.readUnitSizeBytes)
        return Double(blocks) * (isConsistent ? 1 : 0.5)
    }
}

extension ConsumedCapacity {
    /// nil if the request does not ask for it.
    init?(_ option: ReturnConsumedCapacity, _ tableName: String, tableUnits: Double) {
        self.init(option, tableName, tableUnits, indexes: [])
    }

    init?(
        _ option: ReturnConsumedCapacity, _ tableName: String, _ table: TableDescriptor,
        _ units: WriteUnits
    ) {
        if option == .none { return nil }
        let indexes = zip(table.indexes, units.indexes).filter { $0.1 > 0 }
            .map { (index: $0.0, units: Double($0.1)) }
        self.init(option, tableName, Double(units.table), indexes: indexes)
    }

    init?(
        _ option: ReturnConsumedCapacity, _ tableName: String, _ plan: PagePlan, _ page: Page
    ) {
        if option == .none { return nil }
        let units = ReadUnits.units(sizeBytes: page.sizeBytes, isConsistent: plan.isConsistent)
        if let index = plan.index {
            self.init(
                option, tableName, page.fetchUnits, indexes: [(index: index, units: units)])
        } else {
            self.init(option, tableName, units, indexes: [])
        }
    }

    private init?(
        _ option: ReturnConsumedCapacity, _ tableName: String, _ tableUnits: Double,
        indexes: [(index: IndexDescriptor, units: Double)]
    ) {
        if option == .none { return nil }
        self.init(
            tableName: tableName,
            capacityUnits: indexes.reduce(tableUnits) { $0 + $1.units })
        guard option == .indexes else { return }
        table = Capacity(capacityUnits: tableUnits)
        func capacities(_ kind: IndexDescriptor.Kind) -> [String: Capacity]? {
            let found = indexes.filter { $0.index.kind == kind }
                .map { ($0.index.name, Capacity(capacityUnits: $0.units)) }
            return found.isEmpty ? nil : Dictionary(found, uniquingKeysWith: { first, _ in first })
        }
        localSecondaryIndexes = capacities(.local)
        globalSecondaryIndexes = capacities(.global)
    }
}
