// Unsafe pointers: `key` and `value` are lent by the sources or by this cursor's own buffers, until
// the next move.

/// Walks the visible keys of a range in both directions.
///
/// A cursor sees the database as of one commit sequence, and keeps the tables and memtables of that
/// moment alive, so it should not be kept for long. It allocates when it is made and not per step.
/// Not thread-safe.
public final class Cursor {
    private let source: MergingSource
    /// Nil where there are no range tombstones.
    private let coverage: RangeCoverage?
    private let sequence: UInt64
    private let lower: [UInt8]
    private let upper: [UInt8]?
    private let pinned: ReadState
    private var isForward = true
    /// The user key the cursor stands on, when the source may have moved past it.
    private let keyBuffer = OutputBuffer(capacity: 128)
    private let valueBuffer = OutputBuffer(capacity: 0)

    // The compiler can rule out overlapping access to these, and leave out the checks for it, only
    // where they are not public.
    private var standsOnEntry = false
    private var shownKey = UnsafeRawBufferPointer(start: nil, count: 0)
    private var shownValue = UnsafeRawBufferPointer(start: nil, count: 0)

    /// Whether the cursor stands on an entry.
    public var isValid: Bool { standsOnEntry }
    /// The entry's key, lent until the next move.
    public var key: UnsafeRawBufferPointer { shownKey }
    /// The entry's value, lent until the next move.
    public var value: UnsafeRawBufferPointer { shownValue }

    init(
        source: MergingSource, coverage: RangeCoverage?, sequence: UInt64, lower: [UInt8],
        upper: [UInt8]?, pinned: ReadState
    ) {
        self.source = source
        self.coverage = coverage
        self.sequence = sequence
        self.lower = lower
        self.upper = upper
        self.pinned = pinned
    }

    /// Moves to the first entry of the range.
    public func seekToFirst() throws(EngineError) {
        standsOnEntry = false
        isForward = true
        keyBuffer.removeAll()
        keyBuffer.append(lower)
        try source.seek(keyBuffer.bytes, tag: .first)
        try settleForward(skipping: false)
    }

    /// Moves to the last entry of the range.
    public func seekToLast() throws(EngineError) {
        standsOnEntry = false
        isForward = false
        if let upper {
            keyBuffer.removeAll()
            keyBuffer.append(upper)
            try source.seekBackward(keyBuffer.bytes, tag: .first)
        } else {
            try source.seekToLast()
        }
        try settleBackward()
    }

    /// Moves to the first entry at or after `key`.
    public func seek(to key: UnsafeRawBufferPointer) throws(EngineError) {
        standsOnEntry = false
        isForward = true
        let isBelow = lower.withUnsafeBytes { compareKeys(key, $0) < 0 }
        if isBelow { return try seekToFirst() }
        try source.seek(key, tag: .seek(sequence: sequence))
        try settleForward(skipping: false)
    }

    /// Moves to the last entry at or before `key`.
    public func seekBackward(to key: UnsafeRawBufferPointer) throws(EngineError) {
        standsOnEntry = false
        let isAbove = upper.map { $0.withUnsafeBytes { compareKeys(key, $0) >= 0 } } ?? false
        if isAbove { return try seekToLast() }
        isForward = false
        // Tag 0 sorts after every version of the key but one of sequence 0 and kind delete, which
        // is never stored.
        try source.seekBackward(key, tag: .last)
        try settleBackward()
    }

    /// Moves on; the cursor must be valid.
    public func next() throws(EngineError) {
        precondition(isValid, "next() on a cursor that stands nowhere")
        // A move that throws leaves the cursor nowhere: the block it lent from may be gone.
        standsOnEntry = false
        if isForward {
            keyBuffer.removeAll()
            keyBuffer.append(key)
            try source.moveNext()
        } else {
            // The source stands before every version of the current key, or at the end.
            isForward = true
            try source.seek(keyBuffer.bytes, tag: .last)
        }
        try settleForward(skipping: true)
    }

    /// Moves back; the cursor must be valid.
    public func previous() throws(EngineError) {
        precondition(isValid, "previous() on a cursor that stands nowhere")
        standsOnEntry = false
        if isForward {
            isForward = false
            keyBuffer.removeAll()
            keyBuffer.append(key)
            try source.seekBackward(keyBuffer.bytes, tag: .first)
        }
        try settleBackward()
    }

    /// Finds the next visible entry from where the source stands.
    ///
    /// - Parameter skipping: Whether entries of the key in `keyBuffer` are older versions of one
    ///   that was shown or is deleted.
    private func settleForward(skipping: Bool) throws(EngineError) {
        var skips = skipping
        coverage?.beginWalk()
        while source.isValid {
            if source.tag.sequence > sequence {
                // Newer entries past the range must not be walked to the table's end.
                if !isInsideUpper(source.key) { break }
            } else if let coverage, coverage.covers(source.key, source.tag) {
                if !isInsideUpper(source.key) { break }
                if let skip = coverage.noteWalk() {
                    try source.skipForward(to: skip.upper, sourcesFrom: skip.sourceIndex)
                    continue
                }
            } else {
                let isSkipped = skips && equalKeys(source.key, keyBuffer.bytes)
                if !isSkipped {
                    // Nor must deleted keys.
                    if source.tag.isPut || !isInsideUpper(source.key) {
                        return show(source.key, source.value)
                    }
                    keyBuffer.removeAll()
                    keyBuffer.append(source.key)
                    skips = true
                }
            }
            try source.moveNext()
        }
        standsOnEntry = false
    }

    /// Finds the visible entry before where the source stands; leaves the source before all
    /// versions of that entry's key, and the entry in the cursor's own buffers.
    ///
    /// Versions come oldest first in this direction, so the newest visible one is known only when
    /// the key changes.
    private func settleBackward() throws(EngineError) {
        var hasCandidate = false
        coverage?.beginWalk()
        while source.isValid {
            if hasCandidate, !equalKeys(source.key, keyBuffer.bytes) { break }
            if !hasCandidate, !isInsideLower(source.key) { break }
            if source.tag.sequence <= sequence {
                if let coverage, coverage.covers(source.key, source.tag) {
                    // All versions up to here are older than the tombstone.
                    hasCandidate = false
                    if let skip = coverage.noteWalk() {
                        try source.skipBackward(before: skip.lower, sourcesFrom: skip.sourceIndex)
                        continue
                    }
                } else if source.tag.isPut {
                    if !hasCandidate {
                        keyBuffer.removeAll()
                        keyBuffer.append(source.key)
                    }
                    valueBuffer.removeAll()
                    valueBuffer.append(source.value)
                    hasCandidate = true
                } else {
                    hasCandidate = false
                }
            }
            try source.movePrevious()
        }
        if hasCandidate { show(keyBuffer.bytes, valueBuffer.bytes) } else { standsOnEntry = false }
    }

    @inline(__always)
    private func show(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        shownKey = key
        shownValue = value
        standsOnEntry = isForward ? isInsideUpper(key) : isInsideLower(key)
    }

    @inline(__always)
    private func isInsideUpper(_ key: UnsafeRawBufferPointer) -> Bool {
        guard let upper else { return true }
        return upper.withUnsafeBytes { compareKeys(key, $0) < 0 }
    }

    @inline(__always)
    private func isInsideLower(_ key: UnsafeRawBufferPointer) -> Bool {
        lower.withUnsafeBytes { compareKeys(key, $0) >= 0 }
    }
}
