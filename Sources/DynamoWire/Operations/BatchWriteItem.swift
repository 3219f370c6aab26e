package import KVDatabase

extension BatchWriteItem {
    private enum Member: Int, RequestMember {
        case returnConsumedCapacity, requestItems, returnItemCollectionMetrics

        static let required: [Member] = [.requestItems]
    }

    /// Reads the body of a BatchWriteItem request, which is lent for the call.
    ///
    /// Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
    package static func decode(
        _ body: UnsafeRawBufferPointer, with decoder: inout WireDecoder
    ) throws(WireError) -> Request {
        var members = RequestMembers<Member>()
        var requestItems: [String: [WriteRequest]]?
        var returnConsumedCapacity: ReturnConsumedCapacity?
        var returnItemCollectionMetrics: ReturnItemCollectionMetrics?

        var json = try decoder.begin(body)
        while let name = try json.nextMember() {
            switch name {
            case "RequestItems":
                requestItems = try decodeRequestItems(&json, &members, with: &decoder)
            case "ReturnConsumedCapacity":
                returnConsumedCapacity = try members.enumeration(&json, .returnConsumedCapacity)
            case "ReturnItemCollectionMetrics":
                returnItemCollectionMetrics = try members.enumeration(
                    &json, .returnItemCollectionMetrics)
            default: try json.skipValue()
            }
        }
        try decoder.finish(&json, members)
        guard let requestItems else { throw members.missing(.requestItems) }
        guard !requestItems.isEmpty else {
            throw .validation("The requestItems parameter is required for BatchWriteItem")
        }
        return Request(
            requestItems: requestItems, returnConsumedCapacity: returnConsumedCapacity ?? .none,
            returnItemCollectionMetrics: returnItemCollectionMetrics ?? .none)
    }

    private static func decodeRequestItems(
        _ json: inout JSONReader, _ members: inout RequestMembers<Member>,
        with decoder: inout WireDecoder
    ) throws(WireError) -> [String: [WriteRequest]]? {
        guard
            try json.beginMap(of: "java.util.List<com.amazonaws.dynamodb.v20120810.WriteRequest>")
        else { return nil }
        members.note(.requestItems)
        var tables: [String: [WriteRequest]] = [:]
        while let name = try json.nextMember() {
            let table = name.string
            guard try json.beginList() else { continue }
            var found = 0
            var writes: [WriteRequest] = []
            while try json.nextElement() {
                found += 1
                let write = try decodeWrite(
                    &json, &members, at: "requestItems.\(table).member.\(found)", with: &decoder)
                if let write { writes.append(write) }
            }
            if !(1...25).contains(found) {
                members.violate(
                    "'{\(table)=[\(found) write requests]}'", at: "requestItems",
                    "Map value must satisfy constraint: [Member must have length less than or equal "
                        + "to 25, Member must have length greater than or equal to 1]",
                    .requestItems)
            }
            tables[table] = writes
        }
        members.checkTableNames(tables.keys, .requestItems)
        members.check(
            count: tables.count, 0...25, shown: "'{\(tables.count) tables}'", at: "requestItems",
            .requestItems)
        return tables
    }

    /// One WriteRequest; nil when it is faulty, as the request is refused then.
    private static func decodeWrite(
        _ json: inout JSONReader, _ members: inout RequestMembers<Member>,
        at path: @autoclosure () -> String, with decoder: inout WireDecoder
    ) throws(WireError) -> WriteRequest? {
        guard try json.beginStructure("WriteRequest", as: .element) else { return nil }
        var write: WriteRequest?
        var kinds = 0
        while let name = try json.nextMember() {
            switch name {
            case "PutRequest":
                guard try json.beginStructure("PutRequest", as: .field) else { continue }
                kinds += 1
                let item = try decodeSingle("Item", &json, with: &decoder)
                members.require(item.isThere, at: "\(path()).member.putRequest.item", .requestItems)
                write = item.value.map { .put($0) }
            case "DeleteRequest":
                guard try json.beginStructure("DeleteRequest", as: .field) else { continue }
                kinds += 1
                let key = try decodeSingle("Key", &json, with: &decoder)
                members.require(
                    key.isThere, at: "\(path()).member.deleteRequest.key", .requestItems)
                write = key.value.map { .delete(key: $0) }
            default: try json.skipValue()
            }
        }
        // DynamoDB words these two as it does for attribute values.
        if kinds != 1, decoder.fault == nil { decoder.fault = kinds == 0 ? .empty : .severalTypes }
        return write
    }

    /// The item that is the one member of a PutRequest or a DeleteRequest.
    private static func decodeSingle(
        _ member: StaticString, _ json: inout JSONReader, with decoder: inout WireDecoder
    ) throws(WireError) -> DecodedItem {
        var item = DecodedItem.absent
        while let name = try json.nextMember() {
            if name.equals(member) {
                item = try decoder.item(&json)
            } else {
                try json.skipValue()
            }
        }
        return item
    }

    package static func encode(_ response: Response, into json: JSONWriter) {
        json.beginObject()
        json.name("UnprocessedItems")
        json.beginObject()
        for (table, writes) in response.unprocessedItems {
            json.name(table)
            json.beginArray()
            for write in writes { encode(write, into: json) }
            json.endArray()
        }
        json.endObject()
        if let metrics = response.itemCollectionMetrics {
            json.name("ItemCollectionMetrics")
            json.beginObject()
            for (table, collections) in metrics {
                json.name(table)
                json.beginArray()
                for collection in collections { json.metrics(collection) }
                json.endArray()
            }
            json.endObject()
        }
        json.consumedCapacities(response.consumedCapacity)
        json.endObject()
    }

    private static func encode(_ write: WriteRequest, into json: JSONWriter) {
        json.beginObject()
        switch write {
        case .put(let item):
            json.name("PutRequest")
            json.beginObject()
            json.name("Item")
            json.item(item)
        case .delete(let key):
            json.name("DeleteRequest")
            json.beginObject()
            json.name("Key")
            json.item(key)
        }
        json.endObject()
        json.endObject()
    }
}
