import Glibc

/// What the command says and how it ends.
enum Process {
    /// Writes a line to standard output.
    static func say(_ line: String) {
        print(line)
        // Output to a pipe is buffered, and whoever waits for the line would wait for ever.
        fflush(nil)
    }

    /// Writes a line to standard error and ends the process with code 1.
    static func fail(_ reason: String) -> Never {
        var line = "kvd: \(reason)\n"
        line.withUTF8 { bytes in
            _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
        exit(code: 1)
    }

    /// Allows as many open files as the system lets this user have: each table of a database keeps
    /// one open, and so does each connection.
    static func raiseOpenFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Ends the process at once. Exit handlers are left out: other threads still run, and whatever
    /// must be on the disk is there.
    static func exit(code: Int32) -> Never {
        fflush(nil)
        _exit(code)
    }
}

/// The signals that ask the process to stop, taken by waiting for them.
///
/// Make it before any thread is started: threads inherit the mask that keeps the signals from them.
struct TerminationSignals {
    private let signals: sigset_t

    init() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        self.signals = signals
        // A client that goes away while it is written to is an error of that write, not a signal.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Blocks until one of the signals comes, and gives its number.
    @discardableResult
    func wait() -> Int32 {
        var signals = signals
        var received: Int32 = 0
        while sigwait(&signals, &received) != 0 {}
        return received
    }
}
