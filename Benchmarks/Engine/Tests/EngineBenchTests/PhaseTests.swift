import Testing

@testable import EngineBench

@Suite struct PhaseTests {
    @Test func anExplanationSaysHowLongAndHowMuch() {
        #expect(Phase.fillsync8.explanation.contains("3 seconds, or --phase-seconds if less"))
        #expect(Phase.fillsync8.explanation.contains("8 writers"))
        let halfBuffer = (EngineKind.kvd.writeBufferBytes / 2) >> 20
        #expect(Phase.openlog.explanation.contains("up to \(halfBuffer) MiB of puts"))
    }
}
