import Glibc
import NIOCore

/// Why an address cannot be listened on, and what to do about it.
package struct ListenError: Error, CustomStringConvertible {
    package let description: String

    init(_ error: any Error, _ options: ServerOptions) {
        let place = "\(options.host):\(options.port)"
        description =
            switch (error as? IOError)?.errnoCode {
            case EADDRINUSE:
                "\(place) is in use by another process; stop it, or choose another port with --port"
            case EACCES:
                "no permission to listen on \(place); choose a port above 1023 with --port"
            case EADDRNOTAVAIL:
                "this machine has no address \(options.host); choose one that it has with --host"
            default:
                if error is SocketAddressError {
                    "\(options.host) is no address or name that this machine knows; see --host"
                } else {
                    "cannot listen on \(place): \(error)"
                }
            }
    }
}
