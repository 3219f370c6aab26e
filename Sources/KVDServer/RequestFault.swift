import DynamoWire
import NIOHTTP1

/// Why a request can not be taken, as the status that answers it.
enum RequestFault: Error, Equatable {
    case malformed
    case headTooLarge
    case bodyTooLarge
    case tooSlow
    case tooManyConnections

    init(_ error: HTTPParserError) {
        self = error == .headerOverflow ? .headTooLarge : .malformed
    }

    var status: HTTPResponseStatus {
        switch self {
        case .malformed: .badRequest
        case .headTooLarge: .requestHeaderFieldsTooLarge
        case .bodyTooLarge: .payloadTooLarge
        case .tooSlow: .requestTimeout
        case .tooManyConnections: .serviceUnavailable
        }
    }

    /// The fault as an answer in JSON, which is what a DynamoDB client can show.
    func wireError(maximumBodyBytes: Int) -> WireError {
        switch self {
        case .malformed: .malformedHTTP("The request is not HTTP/1.1")
        case .headTooLarge: .malformedHTTP("The request line and headers are too large")
        case .bodyTooLarge: .tooLarge(limit: maximumBodyBytes)
        case .tooSlow: .malformedHTTP("The request took too long to arrive")
        case .tooManyConnections: .serviceUnavailable("Too many connections")
        }
    }
}
