import Foundation
import Testing

@testable import EngineBench

@Suite struct ReportTests {
    /// Two rounds on each of two sets; the second set is `slower` times as slow.
    private func comparisons(
        slower: Double = 10, isCutShort: Bool = false
    ) -> [(WorkloadSet, Comparison)] {
        let sets = [SetName.small, .uncached].map { $0.workloadSet(entryCount: 1_000_000) }
        return zip(sets, [1, slower]).map { set, factor in
            var results: [PhaseResult] = []
            for round in 1...2 {
                for (engine, seconds) in [(EngineKind.kvd, 1.0), (.lmdb, 2.0)] {
                    var one = result(
                        engine, .fillseq, round: round, seconds: seconds * factor * Double(round))
                    one.isCutShort = isCutShort && engine == .lmdb
                    one.latency = .init(
                        p50: 0.5, p99: 11 * Double(round), p999: 300, max: 1_000)
                    results.append(one)
                }
            }
            let description = EngineDescription(version: "1", ["cache": "\(set.cacheBytes)"])
            return (
                set,
                Comparison(
                    results: results, descriptions: [.kvd: description], engines: [.kvd, .lmdb])
            )
        }
    }

    private func report(builds: [PeerBuild] = []) -> Report {
        var report = Report(
            kvdRevision: "x", machine: .current(folder: "/"), builds: builds,
            engines: [.kvd, .lmdb])
        report.sets = comparisons().map {
            Report.SetFacts($1, $0, seed: 1, rounds: 2)
        }
        return report
    }

    @Test func whichKvdAndWhenIsSaid() throws {
        let report = report()
        let date = report.machine.date
        #expect(date.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
        #expect(TerminalReport.heading(report).contains("kvd: x; \(date)"))
        let page = try String(decoding: HTMLPage(report).encoded(), as: UTF8.self)
        #expect(page.contains("\"date\" : \"\(date)\"") && page.contains("m.date"))
    }

    @Test func aBuildWithAssertionsOrAnUnknownOneIsSaid() throws {
        func heading(_ build: PeerBuild) -> String {
            TerminalReport.heading(report(builds: [build]))
        }
        let path = "/lib/liblmdb.so"
        #expect(heading(.init(engine: .lmdb)).contains("not known"))
        #expect(
            heading(.init(engine: .lmdb, library: path, hasAssertions: true))
                .contains("flatters kvd"))
        #expect(
            !heading(.init(engine: .lmdb, library: path, hasAssertions: false)).contains("LMDB"))
        let known = try #require(PeerBuild.inspect(.lmdb))
        #expect(known.library?.contains("liblmdb") == true)
        #expect(PeerBuild.inspect(.kvd) == nil)
    }

    @Test func aPhaseThatWasCutShortIsMarked() {
        for isCutShort in [false, true] {
            let (set, comparison) = comparisons(isCutShort: isCutShort)[0]
            let text = TerminalReport(
                comparison: comparison, facts: .init(comparison, set, seed: 1, rounds: 2)
            ).text
            let row = text.split(separator: "\n").first { $0.hasPrefix("fillseq") } ?? ""
            #expect(row.filter { $0 == "*" }.count == (isCutShort ? 1 : 0))
        }
    }

    @Test func eachSetHasItsOwnFiguresAndOptions() throws {
        let read = try JSONDecoder().decode(Report.self, from: report().encoded())
        #expect(read.sets.map(\.name) == ["small", "uncached"])
        #expect(read.sets.map(\.workload.valueBytes) == [100, 400])
        #expect(read.sets.map(\.workload.dataBytes) == [116_000_000, 416_000_000])
        #expect(read.sets.map(\.results.count) == [4, 4])
        #expect(
            read.sets.map { $0.descriptions[.kvd]?.options[0].value } == ["232000000", "52000000"])
        let rates = read.sets.map { $0.summaries[0].operationsPerSecond }
        #expect(rates == [Spread([1_000, 500]), Spread([100, 50])])
    }

    @Test func descriptionsAreFoundByTheEnginesName() throws {
        let json = try String(decoding: report().encoded(), as: UTF8.self)
        #expect(json.contains("\"descriptions\" : {\n        \"kvd\" : {"))
    }

    @Test func theTerminalHasASectionForEachSetWithItsOptions() throws {
        let texts = zip(comparisons(), report().sets).map {
            TerminalReport(comparison: $0.1, facts: $1).text
        }
        let (small, uncached) = (texts[0], texts[1])
        #expect(small.hasPrefix("\n== small: values of 100 B, everything cached\n"))
        #expect(
            uncached.hasPrefix("\n== uncached: values of 400 B, 8 times as much data as cache\n"))
        #expect(small.contains("111 MiB; cache 221 MiB"))
        #expect(uncached.contains("397 MiB; cache 49.6 MiB"))
        #expect(small.contains("kvd 1: cache = 232000000"))
        #expect(uncached.contains("kvd 1: cache = 52000000"))
        #expect(small.contains("500–1.00 k") && uncached.contains("50.0–100"))
        #expect(small.contains("0.50/16.5/300"))
        #expect(small.contains("least and most of p99") && small.contains("11.0–22.0"))
    }

    @Test func oneRoundHasNoLeastAndMost() {
        let comparison = Comparison(
            results: [result(.kvd, .fillseq, round: 1, seconds: 1)], engines: [.kvd])
        let facts = Report.SetFacts(
            comparison, SetName.small.workloadSet(entryCount: 1_000), seed: 1, rounds: 1)
        let text = TerminalReport(comparison: comparison, facts: facts).text
        #expect(text.contains("throughput") && !text.contains("least and most"))
    }

    @Test func anEngineThatFailedIsNamed() throws {
        let failure = "RocksDB failed in round 1: no space"
        let comparison = Comparison(
            results: [result(.kvd, .fillseq, round: 1, seconds: 1)], engines: [.kvd, .rocksdb],
            failures: [failure])
        let facts = Report.SetFacts(
            comparison, SetName.small.workloadSet(entryCount: 1_000), seed: 1, rounds: 1)
        #expect(TerminalReport(comparison: comparison, facts: facts).text.contains(failure))
        var report = report()
        report.sets = [facts]
        let page = try String(decoding: HTMLPage(report).encoded(), as: UTF8.self)
        #expect(page.contains(failure) && page.contains("set.failures"))
    }

    @Test func thePageHoldsAllSetsAndNothingFromElsewhere() throws {
        var report = report()
        report.notes.append("</script>")
        let page = try String(decoding: HTMLPage(report).encoded(), as: UTF8.self)
        #expect(page.contains("kvd-engine-benchmark-2"))
        for set in report.sets { #expect(page.contains("\"title\" : \"\(set.title)\"")) }
        for place in ["/*style*/", "/*script*/", "/*report*/"] { #expect(!page.contains(place)) }
        #expect(page.contains("--rocksdb:") && page.contains("function latencyChart"))
        #expect(page.components(separatedBy: "</script>").count == 2)
        #expect(!page.contains("http://") && !page.contains("https://"))
        #expect(!page.contains("\"settledSeconds\""), "single rounds make a page large for nothing")
    }
}
