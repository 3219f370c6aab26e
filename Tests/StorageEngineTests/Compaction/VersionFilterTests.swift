import KvdTestSupport
@testable import StorageEngine
import Testing

@Suite("Which versions a rewrite keeps")
struct VersionFilterTests {
    private struct Version: Equatable {
        let sequence: UInt64
        let isPut: Bool
    }

    /// The newest version a reader at `sequence` sees among versions, newest first.
    private static func visible(_ versions: [Version], at sequence: UInt64) -> Version? {
        versions.first { $0.sequence <= sequence }
    }

    @Test(
        "Every snapshot and every reader of now sees the same before and after",
        arguments: [true, false])
    func keepsWhatCanBeRead(isBottom: Bool) throws {
        var random = SeededRandom.fromEnvironment("VersionFilterTests.keepsWhatCanBeRead")
        for _ in 0..<2000 {
            let snapshots = (0..<Int.random(in: 0...4, using: &random))
                .map { _ in UInt64.random(in: 1...30, using: &random) }.sorted()
            var filter = VersionFilter(snapshots: snapshots)
            for key in 0..<3 {
                let sequences = Set(
                    (0..<Int.random(in: 1...8, using: &random))
                        .map { _ in UInt64.random(in: 1...30, using: &random) })
                let versions = sequences.sorted(by: >).map {
                    Version(sequence: $0, isPut: Bool.random(using: &random))
                }
                var kept: [Version] = []
                for version in versions {
                    let tag = EntryTag(
                        sequence: version.sequence, kind: version.isPut ? .put : .delete)
                    let decision = [UInt8(key)].withUnsafeBytes {
                        filter.decide($0, tag, isBottom: isBottom, mayLieDeeper: { _ in true })
                    }
                    if case .keep(let tag, let isNewKey, let isHidden) = decision {
                        #expect(isNewKey == kept.isEmpty)
                        #expect(isHidden == !isNewKey)
                        kept.append(Version(sequence: tag.sequence, isPut: tag.isPut))
                    }
                }
                for reader in snapshots + [100] {
                    let before = Self.visible(versions, at: reader)
                    let after = Self.visible(kept, at: reader)
                    // A deletion may go where nothing older is left to come through.
                    #expect((before?.isPut ?? false) == (after?.isPut ?? false))
                    if before?.isPut == true, after?.sequence != 0 { #expect(before == after) }
                    if !isBottom, before?.isPut == false { #expect(after == before) }
                }
                if snapshots.isEmpty { #expect(kept.count <= 1) }
            }
        }
    }

    @Test("At the bottom without snapshots, deletions go and sequences become 0")
    func bottom() {
        var filter = VersionFilter(snapshots: [])
        let first = [UInt8(1)].withUnsafeBytes {
            filter.decide(
                $0, EntryTag(sequence: 9, kind: .put), isBottom: true, mayLieDeeper: { _ in true })
        }
        #expect(
            first
                == .keep(EntryTag(sequence: 0, kind: .put), isNewKey: true, isHidden: false))
        let second = [UInt8(2)].withUnsafeBytes {
            filter.decide(
                $0, EntryTag(sequence: 8, kind: .delete), isBottom: true,
                mayLieDeeper: { _ in true })
        }
        #expect(second == .drop)
    }
}
