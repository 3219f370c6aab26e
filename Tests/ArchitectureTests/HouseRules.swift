/// The rules of the house, each as a pure function from files to complaints.
enum HouseRules {
    /// What each target may import. A module that is not listed here may import nothing.
    ///
    /// The order is that of the layers: a target names only targets above it in this list.
    /// `Glibc` and `Synchronization` belong to the toolchain; they are listed where the layer may
    /// touch what they offer.
    static let allowedImports: [(target: String, modules: Set<String>)] = [
        ("StorageEngine", ["CKvdShims", "CLZ4", "Glibc", "Synchronization"]),
        ("ItemModel", []),
        ("KVDatabase", ["Glibc", "ItemModel", "StorageEngine", "Synchronization"]),
        ("DynamoWire", ["ItemModel", "KVDatabase"]),
        (
            "KVDServer",
            [
                "DynamoWire", "Glibc", "KVDatabase", "Logging", "NIOCore", "NIOHTTP1", "NIOPosix",
                "Synchronization",
            ]
        ),
        (
            "kvd",
            ["KVDServer", "KVDatabase", "ArgumentParser", "Glibc", "Logging", "Synchronization"]
        ),
        ("Examples", ["KVDatabase"]),
    ]

    static let longestFileLines = 800
    static let emptyWords = ["Manager", "Helper", "Utils", "Base", "Inner"]

    static func upwardImports(_ sources: [SourceFile]) -> [String] {
        sources.flatMap { file in
            let allowed = allowedImports.first { $0.target == file.target }?.modules ?? []
            return file.importedModules.filter { !allowed.contains($0) }
                .map { "\(file.path) imports \($0)" }
        }
    }

    static func foundationImports(_ sources: [SourceFile]) -> [String] {
        sources.filter { file in
            file.importedModules.contains { $0.hasPrefix("Foundation") }
        }.map { "\($0.path) imports Foundation" }
    }

    static func longFiles(_ files: [SourceFile]) -> [String] {
        files.filter { $0.lines.count > longestFileLines }
            .map { "\($0.path) has \($0.lines.count) lines" }
    }

    static func typesNamedLikeModules(_ files: [SourceFile]) -> [String] {
        let modules = Set(allowedImports.map(\.target)).union(files.map(\.target))
        return files.flatMap { file in
            file.declaredTypes.filter(modules.contains).map { "\(file.path) declares \($0)" }
        }
    }

    static func emptyNames(_ files: [SourceFile]) -> [String] {
        files.flatMap { file in
            file.declaredTypes.filter { name in emptyWords.contains(where: name.hasSuffix) }
                .map { "\(file.path) declares \($0)" }
        }
    }
}
