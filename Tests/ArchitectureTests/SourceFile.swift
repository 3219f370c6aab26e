import Foundation

/// One Swift file of the project, as the rules of the house see it.
struct SourceFile: Sendable {
    /// The path below the repository's root, for example "Sources/StorageEngine/Engine.swift".
    let path: String
    let lines: [String]

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The folder below `Sources` or `Tests` that the file lies in, which is its target.
    var target: String {
        let parts = path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : ""
    }

    /// The modules named by import declarations, without submodules.
    var importedModules: [String] { lines.compactMap(Self.importedModule) }

    /// The names of all types and type aliases declared, nested ones included.
    var declaredTypes: [String] { lines.compactMap(Self.declaredType) }

    private static let importKinds: Set<Substring> = [
        "struct", "class", "enum", "protocol", "typealias", "func", "var", "let",
    ]
    private static let typeKeywords: Set<Substring> = [
        "struct", "class", "enum", "actor", "protocol", "typealias",
    ]
    private static let modifiers: Set<Substring> = [
        "public", "package", "internal", "fileprivate", "private", "open", "final", "indirect",
        "nonisolated", "borrowing", "consuming",
    ]

    private static func importedModule(_ line: String) -> String? {
        var words = declarationWords(line)
        guard words.popFirst() == "import" else { return nil }
        if let kind = words.first, importKinds.contains(kind) { words.removeFirst() }
        return words.first?.split(separator: ".").first.map(String.init)
    }

    private static func declaredType(_ line: String) -> String? {
        var words = declarationWords(line)
        guard let keyword = words.popFirst(), typeKeywords.contains(keyword),
            let name = words.first?.prefix(while: { $0.isLetter || $0.isNumber || $0 == "_" }),
            // `class func` and `class var` declare members, not types.
            !["func", "var", "let", ""].contains(name)
        else { return nil }
        return String(name)
    }

    /// A line's words without attributes and modifiers; empty for a comment.
    private static func declarationWords(_ line: String) -> ArraySlice<Substring> {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard let first = words.first, !first.hasPrefix("//") else { return [] }
        return words.drop { $0.hasPrefix("@") || modifiers.contains($0) }
    }
}

extension SourceFile {
    /// All Swift files below a folder of the repository, sorted by path; none where the folder is
    /// absent.
    static func all(under folder: String) throws -> [SourceFile] {
        // This file is Tests/ArchitectureTests/SourceFile.swift.
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let top = root.appending(path: folder)
        guard FileManager.default.fileExists(atPath: top.path()) else { return [] }
        return try FileManager.default.subpathsOfDirectory(atPath: top.path()).sorted()
            .filter { $0.hasSuffix(".swift") }
            .map { subpath in
                let text = try String(contentsOf: top.appending(path: subpath), encoding: .utf8)
                return SourceFile(path: "\(folder)/\(subpath)", text: text)
            }
    }
}
