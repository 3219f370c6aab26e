import KVDatabase

/// Reads the structures that describe a table.
///
/// An element that lacks a required member, or has one out of bounds, is reported and left out: the
/// request is refused as a whole once it has been read.
struct TableReader {
    typealias Member = CreateTable.Member

    var members = RequestMembers<Member>()

    mutating func attributeDefinitions(
        _ json: inout JSONReader
    ) throws(WireError) -> [AttributeDefinition]? {
        guard try json.beginList() else { return nil }
        members.note(.attributeDefinitions)
        var definitions: [AttributeDefinition] = []
        var index = 0
        while try json.nextElement() {
            index += 1
            guard try json.beginStructure("AttributeDefinition", as: .element) else { continue }
            let path = "attributeDefinitions.\(index).member"
            var attributeName: String?
            var attributeType: ScalarAttributeType?
            var hasType = false
            while let name = try json.nextMember() {
                switch name {
                case "AttributeName":
                    attributeName = try members.name(
                        &json, .attributeDefinitions, at: "\(path).attributeName", 1...255,
                        pattern: false)
                case "AttributeType":
                    hasType = try json.peek() != UInt8(ascii: "n")
                    attributeType = try members.enumeration(
                        &json, .attributeDefinitions, at: "\(path).attributeType")
                default: try json.skipValue()
                }
            }
            members.require(
                attributeName != nil, at: "\(path).attributeName", .attributeDefinitions)
            members.require(hasType, at: "\(path).attributeType", .attributeDefinitions)
            if let attributeName, let attributeType {
                definitions.append(
                    AttributeDefinition(attributeName: attributeName, attributeType: attributeType))
            }
        }
        return definitions
    }

    mutating func keySchema(
        _ json: inout JSONReader, at path: String, _ member: Member
    ) throws(WireError) -> [KeySchemaElement]? {
        guard try json.beginList() else { return nil }
        members.note(member)
        var schema: [KeySchemaElement] = []
        var index = 0
        var shown: [String] = []
        while try json.nextElement() {
            index += 1
            guard try json.beginStructure("KeySchemaElement", as: .element) else { continue }
            let elementPath = "\(path).\(index).member"
            var attributeName: String?
            var keyType: KeyType?
            var hasType = false
            while let name = try json.nextMember() {
                switch name {
                case "AttributeName":
                    attributeName = try members.name(
                        &json, member, at: "\(elementPath).attributeName", 1...255, pattern: false)
                case "KeyType":
                    hasType = try json.peek() != UInt8(ascii: "n")
                    keyType = try members.enumeration(
                        &json, member, at: "\(elementPath).keyType")
                default: try json.skipValue()
                }
            }
            members.require(attributeName != nil, at: "\(elementPath).attributeName", member)
            members.require(hasType, at: "\(elementPath).keyType", member)
            if let attributeName, let keyType {
                schema.append(KeySchemaElement(attributeName: attributeName, keyType: keyType))
            }
            shown.append(
                "KeySchemaElement(attributeName=\(attributeName ?? "null"), "
                    + "keyType=\(keyType?.rawValue ?? "null"))")
        }
        members.check(
            count: index, 1...2, shown: "'[\(shown.joined(separator: ", "))]'", at: path, member)
        return schema
    }

    mutating func throughput(
        _ json: inout JSONReader, at path: String, _ member: Member
    ) throws(WireError) -> ProvisionedThroughput? {
        guard try json.beginStructure("ProvisionedThroughput", as: .field) else { return nil }
        var read: Int?
        var write: Int?
        while let name = try json.nextMember() {
            switch name {
            case "ReadCapacityUnits": read = try json.optionalLong()
            case "WriteCapacityUnits": write = try json.optionalLong()
            default: try json.skipValue()
            }
        }
        capacity(write, at: "\(path).writeCapacityUnits", member)
        capacity(read, at: "\(path).readCapacityUnits", member)
        return ProvisionedThroughput(readCapacityUnits: read ?? 0, writeCapacityUnits: write ?? 0)
    }

    private mutating func capacity(_ units: Int?, at path: String, _ member: Member) {
        guard let units else { return members.require(false, at: path, member) }
        members.check(units, in: 1...Int.max, at: path, member)
    }

    mutating func stream(_ json: inout JSONReader) throws(WireError) -> StreamSpecification? {
        guard try json.beginStructure("StreamSpecification", as: .field) else { return nil }
        var streamEnabled: Bool?
        var streamViewType: StreamViewType?
        while let name = try json.nextMember() {
            switch name {
            case "StreamEnabled": streamEnabled = try json.optionalBool()
            case "StreamViewType":
                streamViewType = try members.enumeration(
                    &json, .streamSpecification, at: "streamSpecification.streamViewType")
            default: try json.skipValue()
            }
        }
        members.require(
            streamEnabled != nil, at: "streamSpecification.streamEnabled", .streamSpecification)
        return StreamSpecification(
            streamEnabled: streamEnabled ?? false, streamViewType: streamViewType)
    }

    func encryption(_ json: inout JSONReader) throws(WireError) -> SSESpecification? {
        guard try json.beginStructure("SSESpecification", as: .field) else { return nil }
        var enabled: Bool?
        var sseType: String?
        var kmsMasterKeyID: String?
        while let name = try json.nextMember() {
            switch name {
            case "Enabled": enabled = try json.optionalBool()
            case "SSEType": sseType = try json.optionalString()
            case "KMSMasterKeyId": kmsMasterKeyID = try json.optionalString()
            default: try json.skipValue()
            }
        }
        return SSESpecification(enabled: enabled, sseType: sseType, kmsMasterKeyID: kmsMasterKeyID)
    }

    mutating func tags(_ json: inout JSONReader) throws(WireError) -> [Tag]? {
        guard try json.beginList() else { return nil }
        var tags: [Tag] = []
        var index = 0
        while try json.nextElement() {
            index += 1
            guard try json.beginStructure("Tag", as: .element) else { continue }
            let path = "tags.\(index).member"
            var key: String?
            var value: String?
            while let name = try json.nextMember() {
                switch name {
                case "Key":
                    key = try members.name(
                        &json, .tags, at: "\(path).key", 1...128, pattern: false)
                case "Value":
                    value = try members.name(
                        &json, .tags, at: "\(path).value", 0...256, pattern: false)
                default: try json.skipValue()
                }
            }
            members.require(key != nil, at: "\(path).key", .tags)
            members.require(value != nil, at: "\(path).value", .tags)
            if let key, let value { tags.append(Tag(key: key, value: value)) }
        }
        return tags
    }
}
