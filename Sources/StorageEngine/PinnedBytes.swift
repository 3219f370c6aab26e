// Unsafe pointers: `bytes` point into `owner`, which keeps them in place while it lives.

/// A value that was read, lent from where the engine holds it.
///
/// The bytes are valid while this value is alive; wrap their use in `withExtendedLifetime`, since
/// the compiler may otherwise release it after its last mention.
public struct PinnedBytes {
    /// The value.
    public let bytes: UnsafeRawBufferPointer
    private let owner: AnyObject

    init(_ bytes: UnsafeRawBufferPointer, owner: AnyObject) {
        self.bytes = bytes
        self.owner = owner
    }
}

/// The moment a read looks at.
public enum ReadPoint {
    /// Everything that can not be lost any more.
    case durable
    /// Everything applied, durable or not. What is decided from it must not be answered before
    /// ``Engine/whenDurable(_:_:)`` says that the sequence it was read at is durable.
    case applied
    /// A snapshot's moment.
    case snapshot(Snapshot)
}
