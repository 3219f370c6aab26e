import Testing

/// The rules, held against the project as it is.
@Suite("The house")
struct HouseTests {
    @Test("No source imports upward or beside its layer")
    func imports() throws {
        let sources = try SourceFile.all(under: "Sources")
        #expect(sources.count > 1, "the sources were found")
        #expect(HouseRules.upwardImports(sources) == [])
    }

    @Test("No source imports Foundation")
    func foundation() throws {
        #expect(try HouseRules.foundationImports(SourceFile.all(under: "Sources")) == [])
    }

    @Test("No file is longer than 800 lines")
    func length() throws {
        let files = try SourceFile.all(under: "Sources") + SourceFile.all(under: "Tests")
        #expect(HouseRules.longFiles(files) == [])
    }

    @Test("No type is named like a module, or with a word that says nothing")
    func names() throws {
        let files = try SourceFile.all(under: "Sources") + SourceFile.all(under: "Tests")
        #expect(HouseRules.typesNamedLikeModules(files) == [])
        #expect(HouseRules.emptyNames(files) == [])
    }

    @Test("The table of imports names only layers below")
    func tableIsLayered() {
        let targets = HouseRules.allowedImports.map(\.target)
        for (index, row) in HouseRules.allowedImports.enumerated() {
            let notBelow = Set(targets[index...])
            #expect(row.modules.isDisjoint(with: notBelow), "\(row.target)")
        }
    }
}

/// The rules, held against files that break them.
@Suite("The house rules themselves")
struct HouseRulesTests {
    private func file(_ path: String, _ text: String) -> SourceFile {
        SourceFile(path: path, text: text)
    }

    @Test(
        "Every spelling of an import is understood",
        arguments: [
            "import NIOCore", "public import NIOCore", "@testable import NIOCore",
            "@_exported public import NIOCore", "import struct NIOCore.ByteBuffer",
            "    @preconcurrency import NIOCore", "internal import NIOCore.Sub",
        ])
    func spellings(_ line: String) {
        #expect(file("Sources/ItemModel/A.swift", line).importedModules == ["NIOCore"])
    }

    @Test(
        "Text that only looks like an import is not one",
        arguments: ["// import NIOCore", "let important = 1", "/// import NIOCore"])
    func notImports(_ line: String) {
        #expect(file("Sources/ItemModel/A.swift", line).importedModules.isEmpty)
    }

    @Test("An import upward is reported, one downward is not")
    func upward() {
        let engine = file("Sources/StorageEngine/Log/A.swift", "import ItemModel\nimport Glibc")
        let tables = file("Sources/KVDatabase/B.swift", "import ItemModel")
        #expect(
            HouseRules.upwardImports([engine, tables]) == [
                "Sources/StorageEngine/Log/A.swift imports ItemModel"
            ])
    }

    @Test("A target missing from the table may import nothing")
    func unknownTarget() {
        let stray = file("Sources/Misc/A.swift", "import Glibc")
        #expect(HouseRules.upwardImports([stray]) == ["Sources/Misc/A.swift imports Glibc"])
    }

    @Test("Foundation and its parts are reported")
    func foundation() {
        let whole = file("Sources/ItemModel/A.swift", "import Foundation")
        let part = file("Sources/ItemModel/B.swift", "import FoundationEssentials")
        #expect(HouseRules.foundationImports([whole, part]).count == 2)
    }

    @Test("The 801st line is reported")
    func length() {
        let long = file("Sources/kvd/A.swift", String(repeating: "\n", count: 800))
        let fits = file("Sources/kvd/B.swift", String(repeating: "\n", count: 799))
        #expect(HouseRules.longFiles([long, fits]) == ["Sources/kvd/A.swift has 801 lines"])
    }

    @Test("A type named like any module is reported")
    func moduleNames() {
        let files = [
            file("Sources/StorageEngine/A.swift", "public final class KVDatabase {}"),
            file("Sources/StorageEngine/B.swift", "enum StorageEngine: Error {}"),
            file("Sources/StorageEngine/C.swift", "struct StorageEngineOptions {}"),
        ]
        #expect(HouseRules.typesNamedLikeModules(files).count == 2)
    }

    @Test("Names that say nothing are reported, words that merely contain them are not")
    func emptyNames() {
        let text = [
            "public final class CacheManager {}",
            "    private struct ReaderInner<T> {}",
            "public final class Database {}",
            "struct ManagerList {}",
            "class func makeHelper() {}",
        ].joined(separator: "\n")
        #expect(
            HouseRules.emptyNames([file("Sources/kvd/A.swift", text)]) == [
                "Sources/kvd/A.swift declares CacheManager",
                "Sources/kvd/A.swift declares ReaderInner",
            ])
    }
}
