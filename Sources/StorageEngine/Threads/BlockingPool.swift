/// A few threads for work that may wait for a disk, so that event loops and the cooperative pool
/// never do.
///
/// Jobs start in the order given. `@unchecked Sendable`: all state is guarded by `lock`.
final class BlockingPool: @unchecked Sendable {
    private let lock: Lock
    private let hasWork: Condition
    // A queue of two stacks would reverse on demand; a vector with a moving head stays in order.
    private var jobs: [(@Sendable () -> Void)?] = []
    private var nextJob = 0
    private var isClosing = false
    /// Written by `start` alone, before the pool is used.
    private var threads: [WorkerThread] = []

    init() {
        lock = Lock()
        hasWork = Condition(lock)
    }

    /// Starts the threads, which keep the pool alive until it is closed. Call once, before the first
    /// job.
    ///
    /// - Throws: ``EngineError/io(_:)`` where a thread does not start; ``close()`` ends the others.
    func start(name: String, threadCount: Int) throws(EngineError) {
        for index in 0..<threadCount {
            threads.append(try WorkerThread(name: "\(name)-\(index)") { self.runJobs() })
        }
    }

    /// Runs `job` on one of the threads; after ``close()``, on the caller's.
    func run(_ job: @escaping @Sendable () -> Void) {
        let accepted = lock.withLock {
            if isClosing || threads.isEmpty { return false }
            jobs.append(job)
            hasWork.signal()
            return true
        }
        if !accepted { job() }
    }

    /// Finishes every job given so far and ends the threads.
    func close() {
        lock.withLock {
            isClosing = true
            hasWork.broadcast()
        }
        for thread in threads { thread.join() }
    }

    private func runJobs() {
        while let job = takeJob() { job() }
    }

    private func takeJob() -> (@Sendable () -> Void)? {
        lock.withLock {
            while nextJob == jobs.count {
                if isClosing { return nil }
                hasWork.wait()
            }
            let job = jobs[nextJob]
            jobs[nextJob] = nil
            nextJob += 1
            // The dead half is dropped once it is long, so each job is moved at most once.
            if nextJob == jobs.count || nextJob > 1024 && nextJob > jobs.count / 2 {
                jobs.removeFirst(nextJob)
                nextJob = 0
            }
            return job
        }
    }
}
