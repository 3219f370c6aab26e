/// What an update computes, as nodes that refer to each other by their number.
enum UpdateTerm: Sendable {
    case path(Int)
    case value(Int)
    case ifNotExists(path: Int, fallback: Int)
    case listAppend(Int, Int)
    case sum(Int, Int)
    case difference(Int, Int)
}

/// One action of an update.
struct UpdateAction: Sendable {
    enum Kind: Sendable {
        case set(term: Int)
        case remove
        case add(value: Int)
        case delete(value: Int)
    }

    let kind: Kind
    /// The number of the path that the action changes.
    let target: Int
}
