/// One thing that an inspection found, ready to be written in words or as JSON.
package struct InspectionLine: Sendable {
    /// What a field holds.
    package indirect enum Value: Sendable {
        case count(UInt64)
        case integer(Int64)
        case real(Double)
        case text(String)
        case flag(Bool)
        case numbers([UInt64])
        /// The first bytes of a run of `count`.
        case bytes([UInt8], count: Int)
        /// A stored key, and what it says where it is the key of a row of kvd's tables.
        case key([UInt8], row: [Field])
    }

    package struct Field: Sendable {
        /// In camel case, with the unit `Bytes` where that is its unit.
        package let name: String
        package let value: Value

        init(_ name: String, _ value: Value) {
            self.name = name
            self.value = value
        }

        init(_ name: String, _ count: some BinaryInteger) {
            self.init(name, .count(UInt64(clamping: count)))
        }

        init(_ name: String, _ text: String) { self.init(name, .text(text)) }
    }

    /// What it is: `header`, `record`, `put`, …
    package let kind: String
    /// How many lines it lies under.
    package let depth: Int
    /// Whether neighbours of its kind read best as the rows of one table.
    package let isRow: Bool
    package let fields: [Field]

    init(_ kind: String, depth: Int = 0, isRow: Bool = false, _ fields: [Field]) {
        self.kind = kind
        self.depth = depth
        self.isRow = isRow
        self.fields = fields
    }
}
