import DynamoWire
import Logging
import NIOCore

/// What the log line of one request needs from its beginning. Made only if the line will be written.
struct RequestLog {
    private let operation: Operation
    private let requestBytes: Int
    private let start = NIODeadline.now()

    init(_ operation: Operation, bytes: Int) {
        self.operation = operation
        requestBytes = bytes
    }

    func write(status: Int, bytes: Int, _ logger: Logger) {
        let elapsed = NIODeadline.now() - start
        logger.debug(
            "request",
            metadata: [
                "operation": "\(operation.rawValue)", "status": "\(status)",
                "requestBytes": "\(requestBytes)", "responseBytes": "\(bytes)",
                "microseconds": "\(elapsed.nanoseconds / 1000)",
            ])
    }
}
