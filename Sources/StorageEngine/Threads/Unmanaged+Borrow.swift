extension Unmanaged {
    /// Lends the object for a call, without counting a reference; something else must keep it.
    ///
    /// As `_withUnsafeGuaranteedRef`, for errors of a type.
    @inline(__always)
    func borrow<Value, Failure: Error>(_ body: (Instance) throws(Failure) -> Value)
        throws(Failure) -> Value
    {
        let result: Result<Value, Failure> = _withUnsafeGuaranteedRef { instance in
            do throws(Failure) {
                return .success(try body(instance))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
