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
    /// Bytes of the keys and values that it wrote: of a text its UTF-8, of a number
    /// ``numberBytes``. An update wrote the key and the values that it set. Names of attributes do not count.
    var userBytes = 0
    /// A sum over what it read: equal on every engine, or one of them answered wrongly. Zero where
    /// the answer depends on the order in which tasks ran.
    var checksum = 0

    /// What a number counts as: the size of the `Int` that the user has, however it is stored.
    static let numberBytes = MemoryLayout<Int>.size

    enum Kind: String, CaseIterable {
        case load, put, get, update, query, scan, insert, readModifyWrite = "read-modify-write"

        /// Whether what it writes is new. Updates set values of as many bytes as were there.
        var addsItems: Bool {
            switch self {
            case .load, .put, .insert: true
            case .get, .update, .query, .scan, .readModifyWrite: false
            }
        }
    }
}

/// An engine answered what it must not.
struct WrongAnswer: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
