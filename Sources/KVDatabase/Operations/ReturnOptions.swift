/// Which attributes a write returns.
public enum ReturnValues: String, Sendable, Hashable, CaseIterable {
    case none = "NONE"
    case allOld = "ALL_OLD"
    case updatedOld = "UPDATED_OLD"
    case allNew = "ALL_NEW"
    case updatedNew = "UPDATED_NEW"
}

/// Whether a failed condition returns the stored item.
public enum ReturnValuesOnConditionCheckFailure: String, Sendable, Hashable, CaseIterable {
    case none = "NONE"
    case allOld = "ALL_OLD"
}

/// How much of the capacity account is returned.
public enum ReturnConsumedCapacity: String, Sendable, Hashable, CaseIterable {
    case none = "NONE"
    case total = "TOTAL"
    case indexes = "INDEXES"
}

/// Whether item collection sizes are returned.
public enum ReturnItemCollectionMetrics: String, Sendable, Hashable, CaseIterable {
    case none = "NONE"
    case size = "SIZE"
}

/// Which attributes Query and Scan return.
public enum Select: String, Sendable, Hashable, CaseIterable {
    case allAttributes = "ALL_ATTRIBUTES"
    case allProjectedAttributes = "ALL_PROJECTED_ATTRIBUTES"
    case specificAttributes = "SPECIFIC_ATTRIBUTES"
    case count = "COUNT"
}
