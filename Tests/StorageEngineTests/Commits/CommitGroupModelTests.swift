import KvdTestSupport
@testable import StorageEngine
import Testing

/// Callers that submit, wait, are woken and lead in an order drawn at random, on one thread.
private struct GroupRun {
    private enum Caller {
        /// Looks whether its writes are durable, and joins if not.
        case arriving
        case waiting(CommitGroups.Place)
    }

    private let groups: CommitGroups
    private var random: SeededRandom
    private var callers: [(sequence: UInt64, state: Caller)] = []
    /// The caller that is on the disk, and how far its group reaches.
    private var leader: (sequence: UInt64, goal: UInt64)?
    private var applied: UInt64 = 0
    private var durable: UInt64 = 0
    private var isFailed = false

    init(isBrief: Bool, _ random: SeededRandom) {
        groups = CommitGroups(isBrief: isBrief)
        self.random = random
    }

    mutating func run(steps: Int, failsAt failure: Int?) throws {
        for number in 0..<steps {
            if number == failure { isFailed = true }
            if !isFailed, random.chance(1, in: 3) {
                applied += 1
                callers.append((applied, .arriving))
            }
            try step(random.int(in: 0...callers.count))
        }
        // Nothing new comes; all must be done after each has had its turn often enough.
        for _ in 0..<2 * steps {
            for place in (0...callers.count).reversed() { try step(place) }
            if callers.isEmpty, leader == nil { return }
        }
        throw Mismatch("\(callers.count) callers wait for ever, led: \(groups.isLed)")
    }

    /// Lets one caller go on, or the leader where the number is past the last.
    private mutating func step(_ place: Int) throws {
        guard place < callers.count else { return endGroup() }
        let (sequence, state) = callers[place]
        switch state {
        case .arriving:
            if durable >= sequence || isFailed {
                callers.remove(at: place)
            } else if groups.isLed {
                callers[place].state = .waiting(groups.join(waitingFor: sequence))
            } else {
                try lead(place)
            }
        case .waiting(.follower(let group)):
            guard groups.isFinished(group) else { return }
            guard durable >= sequence || isFailed else {
                throw Mismatch("\(sequence) was woken at \(durable)")
            }
            callers[place].state = .arriving
        case .waiting(.heir(let handOver)):
            guard groups.isHandedOver(since: handOver) else {
                guard groups.isLed else { throw Mismatch("an heir waits for nobody") }
                return
            }
            if groups.heirLeads(isDurable: durable >= sequence) {
                try lead(place)
            } else {
                callers[place].state = .arriving
            }
        }
    }

    private mutating func lead(_ place: Int) throws {
        guard leader == nil else { throw Mismatch("two lead at once") }
        leader = (callers.remove(at: place).sequence, applied)
        groups.begin(goal: applied)
    }

    private mutating func endGroup() {
        guard let (sequence, goal) = leader else { return }
        leader = nil
        if !isFailed { durable = goal }
        groups.wake(groups.finish())
        callers.append((sequence, .arriving))
    }
}

@Suite("Turns of commit groups, in every order")
struct CommitGroupModelTests {
    private static let random = SeededRandom.fromEnvironment("CommitGroupModelTests")

    @Test("Nobody is woken early, left waiting, or leads beside another", arguments: [false, true])
    func turns(isBrief: Bool) throws {
        for number in 0..<400 {
            var random = Self.random.split(UInt64(number))
            let failure = random.chance(1, in: 2) ? random.int(in: 0..<300) : nil
            var run = GroupRun(isBrief: isBrief, random)
            do {
                try run.run(steps: 300, failsAt: failure)
            } catch {
                Issue.record("KVD_SEED=\(Self.random.seed), run \(number): \(error)")
                return
            }
        }
    }
}
