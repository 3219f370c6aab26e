package import NIOCore

/// What a server is started with. Every limit has a default that suits a developer's machine and a
/// small server alike.
package struct ServerOptions: Sendable {
    /// The address to listen on. Loopback unless told otherwise, as any credentials are accepted.
    package var host = "127.0.0.1"
    /// The port to listen on; 0 lets the system choose.
    package var port = 8000
    /// Event loop threads; nil means one a core.
    package var threads: Int?
    /// The region that the health answer names.
    package var region = "us-east-1"
    /// A body longer than this is refused unread. DynamoDB's limit is 16 MiB.
    package var maximumBodyBytes = 16 << 20
    /// Headers longer than this, together, are refused.
    package var maximumHeadBytes = 32 << 10
    /// Connections beyond this are answered with 503 and closed.
    package var maximumConnections = 4096
    /// How long a connection may stay open between requests.
    package var idleTimeout: TimeAmount = .seconds(120)
    /// How long the request line and headers may take from their first byte.
    package var headTimeout: TimeAmount = .seconds(10)
    /// How long a body may take from the end of the head.
    package var bodyTimeout: TimeAmount = .seconds(60)
    /// How long a client may leave answers unread.
    package var writeTimeout: TimeAmount = .seconds(60)
    /// How long a client may leave its side open after the last answer.
    package var lingerTimeout: TimeAmount = .seconds(2)
    /// How long a graceful stop waits for requests that are being worked on.
    package var stopTimeout: TimeAmount = .seconds(15)

    package init() {}

    package mutating func setIdleTimeout(seconds: Int) {
        idleTimeout = .seconds(Int64(seconds))
    }
}
