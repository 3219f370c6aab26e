import KvdTestSupport
@testable import StorageEngine
import Testing

@Suite("Which versions a rewrite keeps")
struct VersionFilterTests {
    private struct Version: Equatable {
        let sequence: UInt64
        let isPut: Bool
    }

    /// What may lie under the rewrite.
    enum Depth: CaseIterable {
        /// It is the last level.
        case bottom
        /// Nothing, as a look at the key tells.
        case nothing
        case something
    }

    /// The newest version a reader at `sequence` sees among versions, newest first.
    private static func visible(_ versions: [Version], at sequence: UInt64) -> Version? {
        versions.first { $0.sequence <= sequence }
    }

    private static func versions(_ random: inout SeededRandom) -> [Version] {
        let sequences = Set(
            (0..<random.int(in: 1...8)).map { _ in UInt64(random.int(in: 1...30)) })
        return sequences.sorted(by: >).map {
            Version(sequence: $0, isPut: random.chance(1, in: 2))
        }
    }

    private static func snapshots(_ random: inout SeededRandom) -> [UInt64] {
        (0..<random.int(in: 0...4)).map { _ in UInt64(random.int(in: 1...30)) }.sorted()
    }

    /// What a filter keeps of the versions of one key.
    private static func keep(
        _ versions: [Version], of key: UInt8, _ filter: inout VersionFilter, _ depth: Depth
    ) -> [VersionFilter.KeptEntry] {
        var kept: [VersionFilter.KeptEntry] = []
        for version in versions {
            let tag = EntryTag(sequence: version.sequence, kind: version.isPut ? .put : .delete)
            let decision = [key].withUnsafeBytes {
                filter.decide(
                    $0, tag, isBottom: depth == .bottom, mayLieDeeper: { _ in depth == .something }
                )
            }
            guard case .keep(let entry) = decision else { continue }
            if entry.pin != nil, let deletion = filter.takeHeldDeletion() { kept.append(deletion) }
            kept.append(entry)
        }
        return kept
    }

    /// The fewest entries with which every reader sees what it saw, where nothing lies deeper.
    private static func leastCount(_ versions: [Version], readers: [UInt64]) -> Int {
        let seen = versions.filter { version in
            version.isPut && readers.contains { visible(versions, at: $0) == version }
        }
        // Between two such puts one deletion tells all the readers that see none.
        let hiding = seen.filter { put in
            readers.contains { reader in
                visible(seen, at: reader) == put && visible(versions, at: reader) != put
            }
        }
        return seen.count + hiding.count
    }

    @Test(
        "Every snapshot and every reader of now sees the same before and after",
        arguments: Depth.allCases)
    func keepsWhatCanBeRead(depth: Depth) throws {
        var random = SeededRandom.fromEnvironment("VersionFilterTests.keepsWhatCanBeRead")
        for _ in 0..<2000 {
            let snapshots = Self.snapshots(&random)
            var filter = VersionFilter(snapshots: snapshots)
            for key in 0..<3 {
                let versions = Self.versions(&random)
                let entries = Self.keep(versions, of: UInt8(key), &filter, depth)
                let kept = entries.map {
                    Version(sequence: $0.tag.sequence, isPut: $0.tag.isPut)
                }
                #expect(entries.map(\.isNewKey) == kept.indices.map { $0 == 0 })
                for reader in snapshots + [100] {
                    let before = Self.visible(versions, at: reader)
                    let after = Self.visible(kept, at: reader)
                    // A deletion may go where nothing older is left to come through.
                    #expect((before?.isPut ?? false) == (after?.isPut ?? false))
                    if before?.isPut == true, after?.sequence != 0 { #expect(before == after) }
                    if depth == .something, before?.isPut == false { #expect(after == before) }
                }
                if depth == .something {
                    if snapshots.isEmpty { #expect(kept.count <= 1) }
                } else {
                    #expect(
                        kept.count == Self.leastCount(versions, readers: snapshots + [100]))
                }
            }
        }
    }

    @Test("A pin holds the snapshots that alone need an entry", arguments: Depth.allCases)
    func pins(depth: Depth) {
        var random = SeededRandom.fromEnvironment("VersionFilterTests.pins")
        for _ in 0..<2000 {
            let snapshots = Self.snapshots(&random)
            var filter = VersionFilter(snapshots: snapshots)
            let versions = Self.versions(&random)
            let entries = Self.keep(versions, of: 1, &filter, depth)
            for entry in entries {
                let isSeenNow = entry == entries.first
                guard let pin = entry.pin else {
                    #expect(isSeenNow && (entry.tag.isPut || depth == .something))
                    continue
                }
                #expect(!isSeenNow || !entry.tag.isPut)
                if entry.tag.isPut {
                    let sees = snapshots.filter { reader in
                        entries.first { $0.tag.sequence <= reader } == entry
                    }
                    #expect(snapshots.filter(pin.contains) == sees)
                }
            }
        }
    }

    @Test("A second rewrite drops something just where the pins say that something is free")
    func freeable() {
        var random = SeededRandom.fromEnvironment("VersionFilterTests.freeable")
        var freedCount = 0
        for _ in 0..<4000 {
            var snapshots = Self.snapshots(&random)
            var filter = VersionFilter(snapshots: snapshots)
            let first = Self.keep(Self.versions(&random), of: 1, &filter, .bottom)
            var pins = GarbagePins()
            for pin in first.compactMap(\.pin) { pins.add(pin) }
            let pinnedCount = first.count { $0.pin != nil }
            #expect(pins.count(for: snapshots) == pinnedCount)
            snapshots.removeAll { _ in random.chance(1, in: 2) }
            let isFreeable = pins.count(for: snapshots) < pinnedCount
            var again = VersionFilter(snapshots: snapshots)
            let second = Self.keep(
                first.map { Version(sequence: $0.tag.sequence, isPut: $0.tag.isPut) }, of: 1,
                &again, .bottom)
            #expect(isFreeable == (second.count < first.count))
            if isFreeable { freedCount += 1 }
        }
        #expect(freedCount > 100)
    }

    @Test("At the bottom without snapshots, deletions go and sequences become 0")
    func bottom() {
        var filter = VersionFilter(snapshots: [])
        let first = Self.keep([Version(sequence: 9, isPut: true)], of: 1, &filter, .bottom)
        let zero = EntryTag(sequence: 0, kind: .put)
        #expect(first == [VersionFilter.KeptEntry(tag: zero, isNewKey: true, pin: nil)])
        #expect(
            Self.keep([Version(sequence: 8, isPut: false)], of: 2, &filter, .bottom).isEmpty)
    }
}
