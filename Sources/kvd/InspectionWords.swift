import KVDatabase

/// Writes what an inspection finds as indented lines, and neighbours that are rows as a table.
struct InspectionWords {
    private var rows: [InspectionLine] = []

    mutating func write(_ line: InspectionLine) {
        if line.isRow, rows.last?.kind ?? line.kind == line.kind {
            rows.append(line)
            return
        }
        finish()
        if line.isRow {
            rows.append(line)
        } else {
            print("\(Self.indent(line.depth))\(Self.words(line.kind)): \(Self.list(line.fields))")
        }
    }

    /// Writes the rows that wait for their last.
    mutating func finish() {
        guard let first = rows.first else { return }
        // A field that some rows lack gets an empty cell there.
        var names: [String] = []
        for field in rows.flatMap(\.fields) where !names.contains(field.name) {
            names.append(field.name)
        }
        let cells = rows.map { row in
            names.map { name in row.fields.first { $0.name == name }.map(Self.cell) ?? "" }
        }
        let headings = names.map(Self.words)
        let widths = headings.indices.map { column in
            ([headings] + cells).map { $0[column].count }.max() ?? 0
        }
        print("\(Self.indent(first.depth))\(Self.words(first.kind))s:")
        for row in [headings] + cells {
            let padded = row.enumerated().map { column, cell in
                cell + String(repeating: " ", count: widths[column] - cell.count)
            }
            let text = padded.joined(separator: "  ").trimmingTrailingSpaces
            print("\(Self.indent(first.depth + 1))\(text)")
        }
        rows = []
    }

    private static func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }

    private static func list(_ fields: [InspectionLine.Field]) -> String {
        fields.map { field in
            if field.name == "row" { return cell(field) }
            // "size 512 bytes" reads better than "size bytes 512".
            guard case .count = field.value, field.name.hasSuffix("Bytes") else {
                return "\(words(field.name)) \(cell(field))"
            }
            return "\(words(String(field.name.dropLast(5)))) \(cell(field)) bytes"
        }.joined(separator: ", ")
    }

    private static func cell(_ field: InspectionLine.Field) -> String {
        switch field.value {
        case .count(let count): "\(count)"
        case .integer(let number): "\(number)"
        case .real(let number): "\(Double(Int(number * 100)) / 100)"
        case .text(let text): text
        case .flag(let flag): flag ? "yes" : "no"
        case .numbers(let numbers): numbers.map { "\($0)" }.joined(separator: " ")
        case .bytes(let prefix, let count):
            BytesText(prefix).inWords + (prefix.count < count ? "… (\(count) bytes)" : "")
        case .key(let bytes, let row):
            row.isEmpty ? BytesText(bytes).inWords : "(\(list(row)))"
        }
    }

    /// A name in camel case as words.
    private static func words(_ name: String) -> String {
        var words = ""
        for character in name.replacing("ID", with: "Id") {
            if character.isUppercase { words += " " }
            words += character.lowercased()
        }
        return words
    }
}

extension String {
    fileprivate var trimmingTrailingSpaces: Substring {
        self[..<(lastIndex { $0 != " " }.map(index(after:)) ?? startIndex)]
    }
}
