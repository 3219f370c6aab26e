import Foundation

/// Counts allocations and system calls of each operation and holds them against thresholds.
///
/// Wall clock decides nothing here. Run it optimised: without the optimiser Swift allocates more.
@main
struct OperationCountsCommand {
    static func main() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "kvd-operation-counts-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let measurements =
            try measureEngine(folder: folder.path()) + (await measureTables(folder: folder.path()))
        let measured = Set(measurements.map(\.operation))
        precondition(measured.count == Operation.allCases.count, "an operation was not measured")
        for measurement in measurements { print(measurement.description) }
        let failed = measurements.filter { !$0.isWithinLimits }.count
        print("\(measurements.count - failed) passed, \(failed) failed")
        if failed > 0 {
            try? FileManager.default.removeItem(at: folder)
            exit(1)
        }
    }
}
