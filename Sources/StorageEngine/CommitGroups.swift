// Unsafe pointers: `words` is this class's own allocation of `wordCount` cache lines, freed at
// `deinit`; every address lies inside it.

internal import CKvdShims

/// Who leads the commit group that is on its way to the disk, and where everybody else waits.
///
/// ## How turns pass
/// One group is in flight at a time, and the next gathers behind it. A blocking caller whose writes
/// are in flight follows that group. The first one whose writes are not becomes the heir: it will lead
/// the next group, and those after it follow that one. A leader that is done wakes the followers
/// of its own group and the heir, and nobody else; a group without an heir leaves no leader behind.
///
/// ## Why not one condition
/// It would wake every caller at each group's end, half of them only to wait again, and each of them
/// would need the lock to find out. Here a follower waits on a word of its group, so that all of a
/// group are woken by one system call and go without the lock. Two words serve: a group is
/// finished before the one after the next begins to gather.
///
/// Followers are woken before the heir. The other way round the disk is busy sooner, but with what
/// half of the callers wrote; this way the others often join, which was worth a tenth.
///
/// ## Brief groups
/// Where nothing is synced, a group is in flight for a microsecond, and a sleep and a wake cost far
/// more. Callers look a while before they sleep, and the lead is not kept for an heir that has yet
/// to wake: whoever comes first takes it. Kept for it, two writers did a tenth as much.
///
/// ## Thread safety
/// All but ``waitAsFollower(of:)``, ``waitAsHeir(_:)`` and ``wake(_:)`` need the pipeline's lock.
///
/// `@unchecked Sendable`: for that reason; the words themselves are touched by atomic operations.
final class CommitGroups: @unchecked Sendable {
    /// Where a blocking caller waits.
    enum Place {
        case follower(group: UInt32)
        case heir(handOver: UInt32)
    }

    /// Whom a leader that is done has to wake.
    struct Wakes {
        fileprivate var group: UInt32?
        fileprivate var hasHeir: Bool
        /// Whether nobody leads now.
        fileprivate(set) var isLeaderless: Bool
    }

    private static let lineSizeBytes = 64
    private static let wordCount = 3
    /// About six microseconds.
    private static let briefSpinCount = 300

    private let isBrief: Bool
    /// The last finished group with an even number, the last with an odd one, and how often the
    /// lead was handed over.
    private let words: UnsafeMutableRawPointer
    /// The group in flight or, where none is, the last.
    private var group: UInt32 = 0
    /// The last sequence of that group.
    private var goal: UInt64 = 0
    /// Those who wait for the group in flight, and for the next.
    private var followerCount = 0
    private var nextFollowerCount = 0
    private var hasHeir = false
    /// Whether the heir was told to lead and has not begun.
    private var isHandedOver = false
    /// Whether a group is in flight, or its leader is being woken.
    private(set) var isLed = false

    /// - Parameter isBrief: Whether groups are written and not synced.
    init(isBrief: Bool) {
        self.isBrief = isBrief
        let size = Self.wordCount * Self.lineSizeBytes
        words = .allocate(byteCount: size, alignment: Self.lineSizeBytes)
        words.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    }

    deinit { words.deallocate() }

    /// Begins the group that holds all up to `goal`; its leader is the caller.
    func begin(goal: UInt64) {
        group &+= 1
        self.goal = goal
        followerCount = nextFollowerCount
        nextFollowerCount = 0
        isHandedOver = false
        isLed = true
    }

    /// Gives a caller its place, where somebody leads.
    func join(waitingFor sequence: UInt64) -> Place {
        precondition(isLed)
        if sequence <= goal {
            followerCount += 1
            return .follower(group: group)
        }
        // What is applied while an heir wakes is in the group it will lead.
        if hasHeir || isHandedOver {
            nextFollowerCount += 1
            return .follower(group: group &+ 1)
        }
        hasHeir = true
        return .heir(handOver: kvd_load_acquire_u32(handOvers))
    }

    /// Whether an heir that was woken has to lead, or somebody else came first.
    ///
    /// - Parameter isDurable: Whether what it waited for is. If not, followers wait for its group too.
    func heirLeads(isDurable: Bool) -> Bool { !isBrief || !isLed && !isDurable }

    /// Ends the group in flight and passes the lead on.
    ///
    /// - Returns: What to give ``wake(_:)`` once the lock is given up.
    func finish() -> Wakes {
        kvd_store_release_u32(finished(group), group)
        let wakes = Wakes(
            group: followerCount > 0 ? group : nil, hasHeir: hasHeir,
            isLeaderless: isBrief || !hasHeir)
        followerCount = 0
        isLed = !wakes.isLeaderless
        isHandedOver = isLed
        if hasHeir {
            hasHeir = false
            kvd_store_release_u32(handOvers, kvd_load_acquire_u32(handOvers) &+ 1)
        }
        return wakes
    }

    // MARK: Without the lock

    func wake(_ wakes: Wakes) {
        if let group = wakes.group { kvd_futex_wake(finished(group), Int32.max) }
        // The next heir may sleep on the word already, and the kernel wakes by priority: a single
        // wake might miss the one that was meant.
        if wakes.hasHeir { kvd_futex_wake(handOvers, Int32.max) }
    }

    func isFinished(_ group: UInt32) -> Bool {
        // Numbers wrap, and a late waker may find a later group's.
        Int32(bitPattern: kvd_load_acquire_u32(finished(group)) &- group) >= 0
    }

    func isHandedOver(since handOver: UInt32) -> Bool {
        kvd_load_acquire_u32(handOvers) != handOver
    }

    /// Returns once the group is finished.
    func waitAsFollower(of group: UInt32) {
        wait(on: finished(group)) { isFinished(group) }
    }

    /// Returns once the lead was handed over.
    func waitAsHeir(_ handOver: UInt32) {
        wait(on: handOvers) { isHandedOver(since: handOver) }
    }

    @inline(__always)
    private func wait(on word: UnsafeMutableRawPointer, until isReached: () -> Bool) {
        for _ in 0..<(isBrief ? Self.briefSpinCount : 0) {
            if isReached() { return }
            kvd_spin_pause()
        }
        while true {
            // Taken first: where it changes after, the kernel does not let this thread sleep.
            let seen = kvd_load_acquire_u32(word)
            if isReached() { return }
            kvd_futex_wait(word, seen)
        }
    }

    private func finished(_ group: UInt32) -> UnsafeMutableRawPointer {
        words + Int(group & 1) * Self.lineSizeBytes
    }

    private var handOvers: UnsafeMutableRawPointer { words + 2 * Self.lineSizeBytes }
}
