import KVDatabase

/// Secondary indexes of a table to be made.
extension TableReader {
    mutating func localIndexes(
        _ json: inout JSONReader, with decoder: WireDecoder
    ) throws(WireError) -> [LocalSecondaryIndex]? {
        guard try json.beginList() else { return nil }
        var indexes: [LocalSecondaryIndex] = []
        var number = 0
        while try json.nextElement() {
            number += 1
            guard try json.beginStructure("LocalSecondaryIndex", as: .element) else { continue }
            let index = try self.index(
                &json, at: "localSecondaryIndexes.\(number).member", .localSecondaryIndexes,
                with: decoder)
            if let name = index.name, let keySchema = index.keySchema,
                let projection = index.projection
            {
                indexes.append(
                    LocalSecondaryIndex(
                        indexName: name, keySchema: keySchema, projection: projection))
            }
        }
        return indexes
    }

    mutating func globalIndexes(
        _ json: inout JSONReader, with decoder: WireDecoder
    ) throws(WireError) -> [GlobalSecondaryIndex]? {
        guard try json.beginList() else { return nil }
        var indexes: [GlobalSecondaryIndex] = []
        var number = 0
        while try json.nextElement() {
            number += 1
            guard try json.beginStructure("GlobalSecondaryIndex", as: .element) else { continue }
            let index = try self.index(
                &json, at: "globalSecondaryIndexes.\(number).member", .globalSecondaryIndexes,
                with: decoder)
            if let name = index.name, let keySchema = index.keySchema,
                let projection = index.projection
            {
                indexes.append(
                    GlobalSecondaryIndex(
                        indexName: name, keySchema: keySchema, projection: projection,
                        provisionedThroughput: index.throughput))
            }
        }
        return indexes
    }

    /// What local and global indexes have between them.
    private struct Index {
        var name: String?
        var keySchema: [KeySchemaElement]?
        var projection: Projection?
        var throughput: ProvisionedThroughput?
    }

    private mutating func index(
        _ json: inout JSONReader, at path: String, _ member: Member, with decoder: WireDecoder
    ) throws(WireError) -> Index {
        var index = Index()
        while let name = try json.nextMember() {
            switch name {
            case "IndexName":
                index.name = try members.name(&json, member, at: "\(path).indexName")
            case "KeySchema":
                index.keySchema = try keySchema(&json, at: "\(path).keySchema", member)
            case "Projection":
                index.projection = try projection(
                    &json, at: "\(path).projection", member, with: decoder)
            case "ProvisionedThroughput" where member == .globalSecondaryIndexes:
                index.throughput = try throughput(
                    &json, at: "\(path).provisionedThroughput", member)
            case "OnDemandThroughput", "WarmThroughput":
                try members.refuse(name, &json, because: "kvd does not limit throughput")
            default: try json.skipValue()
            }
        }
        members.require(index.name != nil, at: "\(path).indexName", member)
        members.require(index.keySchema != nil, at: "\(path).keySchema", member)
        members.require(index.projection != nil, at: "\(path).projection", member)
        return index
    }

    private mutating func projection(
        _ json: inout JSONReader, at path: String, _ member: Member, with decoder: WireDecoder
    ) throws(WireError) -> Projection? {
        guard try json.beginStructure("Projection", as: .field) else { return nil }
        var projectionType: ProjectionType?
        var nonKeyAttributes: [String]?
        while let name = try json.nextMember() {
            switch name {
            case "ProjectionType":
                projectionType = try members.enumeration(
                    &json, member, at: "\(path).projectionType")
            case "NonKeyAttributes":
                nonKeyAttributes = try decoder.strings(&json)
            default: try json.skipValue()
            }
        }
        if let nonKeyAttributes {
            let attributesPath = "\(path).nonKeyAttributes"
            members.check(
                count: nonKeyAttributes.count, 1...20,
                shown: "'[\(nonKeyAttributes.joined(separator: ", "))]'", at: attributesPath,
                member)
            for (position, attribute) in nonKeyAttributes.enumerated() {
                members.check(
                    attribute, 1...255, at: "\(attributesPath).\(position + 1).member", member)
            }
        }
        return Projection(projectionType: projectionType, nonKeyAttributes: nonKeyAttributes)
    }
}
