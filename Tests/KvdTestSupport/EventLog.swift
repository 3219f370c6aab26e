public import StorageEngine

/// What an engine told, in its order.
public final class EventLog: Sendable {
    private let events = Locked<[EngineEvent]>([])

    public init() {}

    public var all: [EngineEvent] { events.withLock { $0 } }

    public func add(_ event: EngineEvent) { events.withLock { $0.append(event) } }

    public func clear() { events.withLock { $0 = [] } }

    public func count(where isMeant: (EngineEvent) -> Bool) -> Int { all.count(where: isMeant) }

    public func contains(where isMeant: (EngineEvent) -> Bool) -> Bool {
        all.contains(where: isMeant)
    }
}
