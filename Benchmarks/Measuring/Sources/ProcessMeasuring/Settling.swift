internal import Foundation

/// Waits until this process has neither worked nor written for a while: flushes and compactions are
/// over. The same test for every engine.
///
/// It blocks its thread: a task that sleeps is woken through a file, which counts as written.
///
/// - Parameter name: What the process runs, for the error.
/// - Returns: Seconds until the work ended, without the time of watching that it has.
@discardableResult
public func waitUntilSettled(_ name: String) throws -> Double {
    let clock = ContinuousClock()
    let begin = clock.now
    var quietSince = begin
    var last = try ProcessUsage.now()
    while clock.now - quietSince < .milliseconds(400) {
        if clock.now - begin > settleLimit { throw Unsettled(name: name) }
        usleep(50_000)
        let now = try ProcessUsage.now()
        let step = now.since(last)
        if step.cpuSeconds > 0.005 || step.bytesGivenToWrites > 0 || step.bytesSentToDisk > 0 {
            quietSince = clock.now
        }
        last = now
    }
    return (quietSince - begin) / .seconds(1)
}

/// Background work that lasts longer than this is not going to end: no phase writes as much as an hour
/// would merge.
private let settleLimit = Duration.seconds(3_600)

/// An engine whose background work does not end.
public struct Unsettled: Error, CustomStringConvertible {
    let name: String

    public var description: String { "\(name) has not come to rest" }
}
