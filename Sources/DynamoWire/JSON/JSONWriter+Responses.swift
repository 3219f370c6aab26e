import ItemModel
import KVDatabase

/// Parts that several responses share.
extension JSONWriter {
    /// The member Attributes of the operations that write one item.
    func attributes(_ attributes: EncodedItem?) {
        guard let attributes else { return }
        name("Attributes")
        item(attributes)
    }

    /// The whole response of Query and Scan.
    func page(
        items: EncodedItemList?, count: Int, scannedCount: Int, lastEvaluatedKey: EncodedItem?,
        consumedCapacity: ConsumedCapacity?
    ) {
        beginObject()
        if let items {
            name("Items")
            self.items(items)
        }
        name("Count")
        integer(count)
        name("ScannedCount")
        integer(scannedCount)
        if let lastEvaluatedKey {
            name("LastEvaluatedKey")
            item(lastEvaluatedKey)
        }
        self.consumedCapacity(consumedCapacity)
        endObject()
    }

    func consumedCapacity(_ consumed: ConsumedCapacity?) {
        guard let consumed else { return }
        name("ConsumedCapacity")
        capacityOfTable(consumed)
    }

    func consumedCapacities(_ consumed: [ConsumedCapacity]?) {
        guard let consumed else { return }
        name("ConsumedCapacity")
        beginArray()
        for table in consumed { capacityOfTable(table) }
        endArray()
    }

    private func capacityOfTable(_ consumed: ConsumedCapacity) {
        beginObject()
        name("TableName")
        string(consumed.tableName)
        units(
            consumed.capacityUnits, read: consumed.readCapacityUnits,
            write: consumed.writeCapacityUnits)
        if let table = consumed.table {
            name("Table")
            capacity(table)
        }
        if let indexes = consumed.localSecondaryIndexes {
            name("LocalSecondaryIndexes")
            capacities(indexes)
        }
        if let indexes = consumed.globalSecondaryIndexes {
            name("GlobalSecondaryIndexes")
            capacities(indexes)
        }
        endObject()
    }

    private func capacities(_ indexes: [String: Capacity]) {
        beginObject()
        for (index, consumed) in indexes {
            name(index)
            capacity(consumed)
        }
        endObject()
    }

    private func capacity(_ capacity: Capacity) {
        beginObject()
        units(
            capacity.capacityUnits, read: capacity.readCapacityUnits,
            write: capacity.writeCapacityUnits)
        endObject()
    }

    private func units(_ units: Double, read: Double?, write: Double?) {
        name("CapacityUnits")
        double(units)
        if let read {
            name("ReadCapacityUnits")
            double(read)
        }
        if let write {
            name("WriteCapacityUnits")
            double(write)
        }
    }

    func itemCollectionMetrics(_ metrics: ItemCollectionMetrics?) {
        guard let metrics else { return }
        name("ItemCollectionMetrics")
        self.metrics(metrics)
    }

    func metrics(_ metrics: ItemCollectionMetrics) {
        beginObject()
        name("ItemCollectionKey")
        item(metrics.itemCollectionKey)
        name("SizeEstimateRangeGB")
        beginArray()
        for bound in metrics.sizeEstimateRangeGB { double(bound) }
        endArray()
        endObject()
    }
}
