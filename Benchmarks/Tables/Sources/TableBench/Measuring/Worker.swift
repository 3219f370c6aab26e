/// One task's share of a phase: it does one operation after another.
protocol Worker {
    mutating func next() async throws -> Outcome
}

/// What one operation came to.
struct Outcome {
    /// What kind of operation it was; a workload may mix several.
    var kind: Kind
    /// Items that it read or wrote.
    var items = 1
    /// A sum over what it read: equal on every engine, or one of them answered wrongly. Zero where
    /// the answer depends on the order in which tasks ran.
    var checksum = 0

    enum Kind: String, CaseIterable {
        case load, put, get, update, query, scan, insert, readModifyWrite = "read-modify-write"
    }
}

/// An engine answered what it must not.
struct WrongAnswer: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
