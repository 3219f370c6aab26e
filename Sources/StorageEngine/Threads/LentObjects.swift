// Unsafe pointers: `members` is this value's own allocation, freed at `deinit`; `objects` keeps all that
// it names.

/// Objects that are kept here and lent without counting references.
///
/// An element of an array is retained for each use, which costs a step of a cursor more than the step,
/// and makes readers on several threads wait for one cache line.
struct LentObjects<Object: AnyObject>: ~Copyable {
    let objects: [Object]
    let count: Int
    private let members: UnsafeMutablePointer<Unmanaged<Object>>

    init(_ objects: [Object]) {
        self.objects = objects
        count = objects.count
        members = .allocate(capacity: objects.count)
        for (index, object) in objects.enumerated() {
            (members + index).initialize(to: .passUnretained(object))
        }
    }

    deinit { members.deallocate() }

    /// Lends the object at an index, which must be below ``count``, for a call.
    @inline(__always)
    func borrow<Value, Failure: Error>(
        _ index: Int, _ body: (Object) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try members[index].borrow(body)
    }
}
