package import KVDatabase

extension BatchGetItem {
    private enum Member: Int, RequestMember {
        case requestItems, returnConsumedCapacity

        static let required: [Member] = [.requestItems]
    }

    /// Reads the body of a BatchGetItem request, which is lent for the call.
    ///
    /// Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
    package static func decode(
        _ body: UnsafeRawBufferPointer, with decoder: inout WireDecoder
    ) throws(WireError) -> Request {
        var members = RequestMembers<Member>()
        var requestItems: [String: KeysAndAttributes]?
        var returnConsumedCapacity: ReturnConsumedCapacity?

        var json = try decoder.begin(body)
        while let name = try json.nextMember() {
            switch name {
            case "RequestItems":
                requestItems = try decodeRequestItems(&json, &members, with: &decoder)
            case "ReturnConsumedCapacity":
                returnConsumedCapacity = try members.enumeration(&json, .returnConsumedCapacity)
            default: try json.skipValue()
            }
        }
        try decoder.finish(&json, members)
        guard let requestItems else { throw members.missing(.requestItems) }
        guard !requestItems.isEmpty else {
            throw .validation("The requestItems parameter is required for BatchGetItem")
        }
        return Request(
            requestItems: requestItems, returnConsumedCapacity: returnConsumedCapacity ?? .none)
    }

    private static func decodeRequestItems(
        _ json: inout JSONReader, _ members: inout RequestMembers<Member>,
        with decoder: inout WireDecoder
    ) throws(WireError) -> [String: KeysAndAttributes]? {
        guard
            try json.beginMap(of: "com.amazonaws.dynamodb.v20120810.KeysAndAttributes")
        else { return nil }
        members.note(.requestItems)
        var tables: [String: KeysAndAttributes] = [:]
        while let name = try json.nextMember() {
            let table = name.string
            guard try json.beginStructure("KeysAndAttributes", as: .element) else { continue }
            tables[table] = try decodeKeys(&json, &members, of: table, with: &decoder)
        }
        members.checkTableNames(tables.keys, .requestItems)
        members.check(
            count: tables.count, 0...100, shown: "'{\(tables.count) tables}'", at: "requestItems",
            .requestItems)
        return tables
    }

    private static func decodeKeys(
        _ json: inout JSONReader, _ members: inout RequestMembers<Member>, of table: String,
        with decoder: inout WireDecoder
    ) throws(WireError) -> KeysAndAttributes {
        var keys: [EncodedItem]?
        var consistentRead: Bool?
        var projectionExpression: String?
        var names: [String: String]?
        while let name = try json.nextMember() {
            switch name {
            case "Keys":
                guard try json.beginList() else { continue }
                var found = 0
                var read: [EncodedItem] = []
                while try json.nextElement() {
                    found += 1
                    if let key = try decoder.optionalItem(&json) { read.append(key) }
                }
                members.check(
                    count: found, 1...100, shown: found == 0 ? "'[]'" : "'[\(found) keys]'",
                    at: "requestItems.\(table).member.keys", .requestItems)
                keys = read
            case "ConsistentRead": consistentRead = try json.optionalBool()
            case "ProjectionExpression": projectionExpression = try json.optionalString()
            case "ExpressionAttributeNames": names = try decoder.expressionNames(&json)
            case "AttributesToGet":
                try members.refuse(name, &json, because: Refusal.legacyProjection)
            default: try json.skipValue()
            }
        }
        members.require(keys != nil, at: "requestItems.\(table).member.keys", .requestItems)
        return KeysAndAttributes(
            keys: keys ?? [], consistentRead: consistentRead ?? false,
            projectionExpression: projectionExpression, expressionAttributeNames: names)
    }

    package static func encode(_ response: Response, into json: JSONWriter) {
        json.beginObject()
        json.name("Responses")
        json.beginObject()
        for (table, items) in response.responses {
            json.name(table)
            json.items(items)
        }
        json.endObject()
        json.name("UnprocessedKeys")
        json.beginObject()
        for (table, keys) in response.unprocessedKeys {
            json.name(table)
            encode(keys, into: json)
        }
        json.endObject()
        json.consumedCapacities(response.consumedCapacity)
        json.endObject()
    }

    private static func encode(_ keys: KeysAndAttributes, into json: JSONWriter) {
        json.beginObject()
        json.name("Keys")
        json.beginArray()
        for key in keys.keys { json.item(key) }
        json.endArray()
        if keys.consistentRead {
            json.name("ConsistentRead")
            json.bool(true)
        }
        if let projection = keys.projectionExpression {
            json.name("ProjectionExpression")
            json.string(projection)
        }
        if let names = keys.expressionAttributeNames {
            json.name("ExpressionAttributeNames")
            json.beginObject()
            for (placeholder, name) in names {
                json.name(placeholder)
                json.string(name)
            }
            json.endObject()
        }
        json.endObject()
    }
}

extension RequestMembers {
    /// Checks the keys of a map from tables' names.
    mutating func checkTableNames(_ names: some Collection<String>, _ member: Member) {
        for name in names where !name.utf8.starts(with: "arn:".utf8) {
            guard !(3...255).contains(name.unicodeScalars.count) || !WirePattern.isName(name) else {
                continue
            }
            violate(
                "'{\(name)}'", at: "\(member)",
                "Map keys must satisfy constraint: [Member must have length less than or equal to "
                    + "255, Member must have length greater than or equal to 3, Member must satisfy "
                    + "regular expression pattern: \(WirePattern.name)]", member)
            return
        }
    }
}
