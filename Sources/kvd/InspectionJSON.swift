import KVDatabase

/// What an inspection finds, as JSON: one object a line.
enum InspectionJSON {
    static func text(of line: InspectionLine) -> String {
        "{\"kind\":\(JSONText.quoted(line.kind))\(members(line.fields, isFirst: false))}"
    }

    private static func members(_ fields: [InspectionLine.Field], isFirst: Bool) -> String {
        let members = fields.map { field in
            switch field.value {
            case .count(let count): member(field.name, "\(count)")
            case .integer(let number): member(field.name, "\(number)")
            case .real(let number): member(field.name, "\(number)")
            case .text(let text): member(field.name, JSONText.quoted(text))
            case .flag(let flag): member(field.name, "\(flag)")
            case .numbers(let numbers):
                member(field.name, "[\(numbers.map { "\($0)" }.joined(separator: ","))]")
            case .bytes(let prefix, let count):
                bytes(field.name, prefix) + ","
                    + member("\(field.name)Bytes", "\(count)")
            case .key(let key, let row):
                bytes(field.name, key)
                    + (row.isEmpty
                        ? ""
                        : "," + member("\(field.name)Row", "{\(self.members(row, isFirst: true))}"))
            }
        }
        let text = members.joined(separator: ",")
        return isFirst || text.isEmpty ? text : "," + text
    }

    /// Bytes that are text under their name, others in hexadecimal under the name and `Hex`.
    private static func bytes(_ name: String, _ bytes: [UInt8]) -> String {
        let text = BytesText(bytes)
        guard let string = text.string else {
            return member("\(name)Hex", JSONText.quoted(text.hexDigits))
        }
        return member(name, JSONText.quoted(string))
    }

    private static func member(_ name: String, _ value: String) -> String {
        "\(JSONText.quoted(name)):\(value)"
    }
}

/// Bytes for people: as text where they are text, in hexadecimal where they are not.
struct BytesText {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The text; nil for bytes that are not UTF-8 or hold control characters.
    var string: String? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let isPrintable = text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
                .paragraphSeparator:
                false
            default: true
            }
        }
        return isPrintable ? text : nil
    }

    var hexDigits: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// In quotes, or as `0x…`.
    var inWords: String {
        guard let string else { return "0x" + hexDigits }
        return "\"" + string.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
