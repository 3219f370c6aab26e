internal import StorageEngine

/// How an operation is called back.
public typealias Completion<Response> = @Sendable (Result<Response, DatabaseError>) -> Void

/// ## How every operation runs
/// An operation is a function of its request and an ``Attempt``. It is first tried on the caller's
/// thread, where it may not wait: reads come from memory, latches are tried. If it meets a disk
/// read, a busy latch or a stall it ends without having done anything, and runs again from its
/// beginning on one of the engine's I/O threads, where it may wait. Either way the answer, a
/// refusal included, is held until what the attempt saw is durable. So an operation has one body,
/// makes no Task, and never blocks an event loop or a thread of the cooperative pool.
extension Database {
    typealias Body<Response> =
        @Sendable (Database, inout Attempt) throws(OperationFault) -> Response

    /// Runs an operation and calls back with its answer, perhaps before returning.
    ///
    /// - Parameter work: What it may wait for where it cannot be answered at once.
    func run<Response: Sendable>(
        _ work: Engine.BlockingWork, _ completion: @escaping Completion<Response>,
        _ body: @escaping Body<Response>
    ) {
        if attempt(mayBlock: false, completion, body) { return }
        runOnIOThread(work, completion, body)
    }

    /// Runs an operation that always waits for the disk.
    func runOnIOThread<Response: Sendable>(
        _ work: Engine.BlockingWork, _ completion: @escaping Completion<Response>,
        _ body: @escaping Body<Response>
    ) {
        engine.performBlocking(work) {
            let isAnswered = self.attempt(mayBlock: true, completion, body)
            precondition(isAnswered, "an attempt that may wait said that it would block")
        }
    }

    /// Whether the attempt came to an answer.
    private func attempt<Response: Sendable>(
        mayBlock: Bool, _ completion: @escaping Completion<Response>, _ body: Body<Response>
    ) -> Bool {
        var attempt = Attempt(mayBlock: mayBlock)
        let answer: Result<Response, DatabaseError>
        do {
            answer = .success(try body(self, &attempt))
        } catch {
            switch error {
            case .wouldBlock: return false
            case .refused(let refusal): answer = .failure(refusal)
            }
        }
        if attempt.seenSequence == 0 {
            completion(answer)
        } else {
            engine.whenDurable(attempt.seenSequence) { error in
                completion(error.map { .failure(DatabaseError($0)) } ?? answer)
            }
        }
        return true
    }

    /// Turns a call with a completion into one that suspends, with one continuation.
    func answer<Response: Sendable>(
        _ start: (@escaping Completion<Response>) -> Void
    ) async throws(DatabaseError) -> Response {
        let result = await withCheckedContinuation { continuation in
            start { continuation.resume(returning: $0) }
        }
        return try result.get()
    }
}
