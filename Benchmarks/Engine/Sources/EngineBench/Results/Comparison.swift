/// The results of all rounds on one set, engine by engine.
struct Comparison {
    let results: [PhaseResult]
    let descriptions: [EngineKind: EngineDescription]
    let engines: [EngineKind]
    let phases: [Phase]
    /// Engines that could not be measured to the end, and why.
    let failures: [String]
    private let groups: [EngineKind: [Phase: [PhaseResult]]]

    init(
        results: [PhaseResult], descriptions: [EngineKind: EngineDescription] = [:],
        engines: [EngineKind], failures: [String] = []
    ) {
        self.failures = failures
        self.results = results
        self.descriptions = descriptions
        self.engines = engines
        groups = Dictionary(grouping: results, by: \.engine).mapValues {
            Dictionary(grouping: $0, by: \.phase)
        }
        let seen = Set(results.map(\.phase))
        phases = Phase.allCases.filter(seen.contains)
    }

    /// Median, least and most of a figure over the rounds; nil where no round has it.
    func spread(
        _ engine: EngineKind, _ phase: Phase, _ figure: (PhaseResult) -> Double?
    ) -> Spread? {
        Spread(groups[engine]?[phase]?.compactMap(figure) ?? [])
    }

    /// Whether the time limit cut the phase short in any round.
    func isCutShort(_ engine: EngineKind, _ phase: Phase) -> Bool {
        groups[engine]?[phase]?.contains(where: \.isCutShort) ?? false
    }
}

struct Spread: Codable, Sendable, Equatable {
    var median: Double
    var least: Double
    var most: Double

    /// nil for no values; the mean of the middle two for an even number of them.
    init?(_ values: [Double]) {
        let sorted = values.sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        let middle = sorted.count / 2
        median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        least = first
        most = last
    }
}
