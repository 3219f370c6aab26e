/// One shard of a ``BlockCache``: which of its blocks stay.
///
/// Blocks stand in two queues, oldest first. A new one enters the first, probation, without credit.
/// Whoever asks for a block gives it credit. A block that comes to the head of its queue with credit
/// goes to the end of the second, the protected ones, and pays for it with one credit; without, it is
/// evicted. Probation is where a block leaves from as long as it holds more than an eighth of the
/// shard. So what is read once, however much of it, passes through an eighth and takes nothing from
/// what was asked for again, were that all the rest.
///
/// Sources: "FIFO queues are all you need for cache eviction" (2023), whose S3-FIFO this is but for
/// the queue of those that are gone; Corbató (1968) for the credit.
///
/// `@unchecked Sendable`: all state is guarded by `lock`.
final class CacheShard: @unchecked Sendable {
    /// Where a block stands.
    private struct Place {
        let slots: BlockSlots
        let index: Int
        let chargeBytes: Int
        var isProtected = false
        /// The places before and after it in its queue; -1 at the ends.
        var previous = -1
        var next = -1
    }

    /// Places, which know their neighbours.
    private struct Queue {
        private(set) var oldest = -1
        private var newest = -1
        private(set) var sizeBytes = 0

        mutating func append(_ number: Int, _ place: Place, in places: inout [Place?]) {
            var place = place
            place.previous = newest
            place.next = -1
            if newest >= 0 { places[newest]?.next = number } else { oldest = number }
            newest = number
            sizeBytes += place.chargeBytes
            places[number] = place
        }

        mutating func remove(_ place: Place, in places: inout [Place?]) {
            let (previous, next) = (place.previous, place.next)
            if previous >= 0 { places[previous]?.next = next } else { oldest = next }
            if next >= 0 { places[next]?.previous = previous } else { newest = previous }
            sizeBytes -= place.chargeBytes
        }
    }

    /// How many blocks an insertion looks at before it evicts those that have credit as well: nobody
    /// may have to wait under the lock until all credit of a large cache is spent.
    private static let lookLimit = 256

    private let lock = Lock()
    private let capacityBytes: Int
    private var probation = Queue()
    private var protected = Queue()
    /// Blocks know theirs by number.
    private var places: [Place?] = []
    private var freePlaces: [Int] = []

    init(capacityBytes: Int) {
        self.capacityBytes = capacityBytes
    }

    private var usedBytes: Int { probation.sizeBytes + protected.sizeBytes }

    var sizeBytes: Int { lock.withLock { usedBytes } }

    /// - Parameter withoutBytes: How much of the capacity is not to be used; half of it is all the same.
    func insert(_ block: Block, _ slots: BlockSlots, _ index: Int, withoutBytes: Int) {
        let limitBytes = capacityBytes - min(withoutBytes, capacityBytes / 2)
        let chargeBytes = block.chargeBytes
        guard chargeBytes <= capacityBytes else { return }
        var evicted: [Block] = []
        lock.lock()
        var looksLeft = Self.lookLimit
        while usedBytes > 0, usedBytes + chargeBytes > limitBytes {
            evicted.append(evictOne(&looksLeft, within: limitBytes))
        }
        let number = freePlaces.last ?? places.count
        block.cachePlace = number
        // A block that another thread brought in meanwhile stays.
        if slots.fill(index, with: block) {
            if number == places.count { places.append(nil) } else { freePlaces.removeLast() }
            let place = Place(slots: slots, index: index, chargeBytes: chargeBytes)
            probation.append(number, place, in: &places)
        }
        lock.unlock()
        // They are freed here, after the lock.
        evicted.removeAll()
    }

    func remove(_ slots: BlockSlots, _ index: Int) {
        let removed: Block? = lock.withLock {
            guard let block = slots.remove(index) else { return nil }
            release(block.cachePlace)
            return block
        }
        withExtendedLifetime(removed) {}
    }

    // MARK: Under the lock

    private func evictOne(_ looksLeft: inout Int, within limitBytes: Int) -> Block {
        precondition(usedBytes > 0, "nothing is left to evict")
        while true {
            let isOnProbation = probation.sizeBytes > limitBytes / 8 || protected.oldest < 0
            let number = isOnProbation ? probation.oldest : protected.oldest
            var place = place(number)
            looksLeft -= 1
            let block =
                looksLeft > 0
                ? place.slots.evict(place.index) : place.slots.remove(place.index)
            if let block {
                release(number)
                return block
            }
            unlink(place)
            place.isProtected = true
            protected.append(number, place, in: &places)
        }
    }

    private func place(_ number: Int) -> Place {
        guard number >= 0, let place = places[number] else {
            preconditionFailure("a queue with bytes has blocks")
        }
        return place
    }

    /// Forgets the place of a block that is out of its slot.
    private func release(_ number: Int) {
        unlink(place(number))
        places[number] = nil
        freePlaces.append(number)
    }

    private func unlink(_ place: Place) {
        if place.isProtected {
            protected.remove(place, in: &places)
        } else {
            probation.remove(place, in: &places)
        }
    }
}
