internal import Foundation

/// Says on standard error what runs now, how long it has, and when it may be over.
///
/// On a terminal it is one line that changes; else a line for each finished phase.
final class Progress {
    private let isTerminal = isatty(2) != 0
    private let runCount: Int
    private let begin = TickClock.monotonicSeconds()
    private var done = 0
    private var name = ""
    private var turn = ""

    /// - Parameter runCount: How often an engine will run, all sets, rounds and engines together.
    init(runCount: Int) { self.runCount = runCount }

    func begin(_ engine: EngineKind, of set: WorkloadSet, round: Int) {
        name = engine.displayName
        turn = "\(set.name), round \(round)"
    }

    func show(_ work: String) {
        guard isTerminal else { return }
        let elapsed = TickClock.monotonicSeconds() - begin
        let left =
            done == 0
            ? "" : ", about \(clock(elapsed / Double(done) * Double(runCount - done))) left"
        write("\r\u{1B}[K[\(clock(elapsed))\(left)] \(turn), \(name): \(work)")
    }

    func finished(_ result: PhaseResult) {
        let elapsed = clock(TickClock.monotonicSeconds() - begin)
        let rate = formatRate(result.operationsPerSecond)
        write(
            "\(isTerminal ? "\r\u{1B}[K" : "")[\(elapsed)] \(turn)  "
                + "\(pad(name, 11))\(pad(result.phase.rawValue, 18))\(padLeft(rate, 9)) \(result.phase.unit)"
                + "\(result.isCutShort ? "  (cut short)" : "")\n")
    }

    func end() { done += 1 }

    func note(_ text: String) { write("\(isTerminal ? "\r\u{1B}[K" : "")note: \(text)\n") }

    func close() { if isTerminal { write("\r\u{1B}[K") } }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

    private func clock(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded())
        return "\(whole / 60):" + (whole % 60 < 10 ? "0" : "") + "\(whole % 60)"
    }
}
