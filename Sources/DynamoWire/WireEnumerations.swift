import KVDatabase

// The value sets stand in the order in which DynamoDB lists them in its refusals, where that is
// known from its answers, else in the order of botocore's service model.

extension ReturnValues: WireEnumeration {
    static var valueSet: StaticString { "[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]" }
}

extension ReturnValuesOnConditionCheckFailure: WireEnumeration {
    static var valueSet: StaticString { "[ALL_OLD, NONE]" }
}

extension ReturnConsumedCapacity: WireEnumeration {
    static var valueSet: StaticString { "[INDEXES, TOTAL, NONE]" }
}

extension ReturnItemCollectionMetrics: WireEnumeration {
    static var valueSet: StaticString { "[SIZE, NONE]" }
}

extension Select: WireEnumeration {
    static var valueSet: StaticString {
        "[SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]"
    }
}

extension KeyType: WireEnumeration {
    static var valueSet: StaticString { "[HASH, RANGE]" }
}

extension ScalarAttributeType: WireEnumeration {
    static var valueSet: StaticString { "[B, N, S]" }
}

extension ProjectionType: WireEnumeration {
    static var valueSet: StaticString { "[ALL, INCLUDE, KEYS_ONLY]" }
}

extension BillingMode: WireEnumeration {
    static var valueSet: StaticString { "[PROVISIONED, PAY_PER_REQUEST]" }
}

extension StreamViewType: WireEnumeration {
    static var valueSet: StaticString { "[NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, KEYS_ONLY]" }
}

extension TableClass: WireEnumeration {
    static var valueSet: StaticString { "[STANDARD, STANDARD_INFREQUENT_ACCESS]" }
}
