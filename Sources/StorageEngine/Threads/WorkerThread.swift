// Unsafe pointers: the closure travels through pthread's `void *` as a retained box that the new
// thread takes over.

internal import CKvdShims
internal import Glibc

/// A named operating-system thread that runs one closure and can be joined.
///
/// `@unchecked Sendable`: `handle` is written once, before the value is shared.
final class WorkerThread: @unchecked Sendable {
    private final class Body {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    private var handle = pthread_t()

    /// Starts the thread.
    ///
    /// - Parameter name: Up to 15 bytes, shown by tools such as `top -H`.
    /// - Throws: ``EngineError/io(_:)`` where the process may have no further thread.
    init(name: String, _ run: @escaping @Sendable () -> Void) throws(EngineError) {
        let body = Unmanaged.passRetained(Body(name: name, run: run))
        let code = pthread_create(
            &handle, nil,
            { argument in
                if let argument {
                    let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                    kvd_name_thread(body.name)
                    body.run()
                }
                return nil
            }, body.toOpaque())
        if code != 0 {
            body.release()
            throw .io(FilesystemError(code: code, operation: "pthread_create", path: name))
        }
    }

    /// Waits for the closure to return. Call once.
    func join() { pthread_join(handle, nil) }
}
