// Unsafe pointers: the closure travels through pthread's `void *` as a retained box that the new
// thread takes over.

internal import Glibc

/// A named operating-system thread that runs one closure and can be joined.
///
/// `@unchecked Sendable`: `handle` is written once, before the value is shared.
final class WorkerThread: @unchecked Sendable {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private var handle = pthread_t()

    /// Starts the thread.
    ///
    /// - Parameter name: Up to 15 bytes, shown by tools such as `top -H`.
    init(name: String, _ run: @escaping @Sendable () -> Void) {
        let body = Unmanaged.passRetained(Body(run)).toOpaque()
        let code = pthread_create(
            &handle, nil,
            { argument in
                if let argument {
                    Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            }, body)
        precondition(code == 0, "pthread_create failed with \(code)")
        pthread_setname_np(handle, String(name.prefix(15)))
    }

    /// Waits for the closure to return. Call once.
    func join() { pthread_join(handle, nil) }
}
