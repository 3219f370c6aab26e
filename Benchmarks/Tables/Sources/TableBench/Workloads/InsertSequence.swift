import Synchronization

/// Numbers new records, and knows up to which all are there: readers ask for no other.
final class InsertSequence: Sendable {
    private struct State {
        var next: Int
        /// Records below this are all there.
        var limit: Int
        /// Records above `limit` that are there.
        var ahead: Set<Int> = []
    }

    private let state: Mutex<State>

    init(loaded: Int) { state = Mutex(State(next: loaded, limit: loaded)) }

    var limit: Int { state.withLock { $0.limit } }

    func take() -> Int {
        state.withLock { state in
            defer { state.next += 1 }
            return state.next
        }
    }

    func acknowledge(_ number: Int) {
        state.withLock { state in
            state.ahead.insert(number)
            while state.ahead.remove(state.limit) != nil { state.limit += 1 }
        }
    }
}
