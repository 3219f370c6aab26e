/// What a name stands for: an entry in the disk's table of files or of folders.
enum SimulatedNode: Sendable, Hashable {
    case file(Int)
    case folder(Int)
}

/// The names of one simulated folder, as readers see them and as the platter holds them.
struct SimulatedFolder: Sendable {
    enum Change: Sendable {
        case added(String, SimulatedNode)
        case removed(String)
        case renamed(String, to: String, SimulatedNode)
    }

    private(set) var cached: [String: SimulatedNode] = [:]
    private(set) var durable: [String: SimulatedNode] = [:]
    /// The changes since the last sync, oldest first.
    private(set) var unsynced: [Change] = []

    init(entries: [String: SimulatedNode] = [:]) {
        cached = entries
        durable = entries
    }

    mutating func apply(_ change: Change) {
        Self.apply(change, to: &cached)
        unsynced.append(change)
    }

    mutating func sync() {
        for change in unsynced { Self.apply(change, to: &durable) }
        unsynced.removeAll()
    }

    /// A sync that failed: what it did not write is never written.
    mutating func loseUnsynced(_ random: inout SeededRandom) {
        durable = survivor(.any, &random)
        unsynced.removeAll()
    }

    /// The names after a crash now.
    func survivor(
        _ policy: CrashPolicy.Names, _ random: inout SeededRandom
    ) -> [String: SimulatedNode] {
        var entries = durable
        let kept: [Change]
        switch policy {
        case .lost: kept = []
        case .kept: kept = unsynced
        case .prefix: kept = Array(unsynced.prefix(random.int(in: 0...unsynced.count)))
        case .any: kept = unsynced.filter { _ in random.chance(1, in: 2) }
        }
        for change in kept { Self.apply(change, to: &entries) }
        return entries
    }

    private static func apply(_ change: Change, to entries: inout [String: SimulatedNode]) {
        switch change {
        case .added(let name, let node): entries[name] = node
        case .removed(let name): entries[name] = nil
        case .renamed(let name, let newName, let node):
            // Where the creation under the old name was lost, the new name still gets the file;
            // where the old name has been taken by another file since, that one keeps it.
            if entries[name] == node { entries[name] = nil }
            entries[newName] = node
        }
    }
}
