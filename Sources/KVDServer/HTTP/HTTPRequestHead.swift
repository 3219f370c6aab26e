import DynamoWire

/// What kvd needs to know of a request line and headers.
struct HTTPRequestHead: Equatable {
    enum Method {
        case get, post, head, other
    }

    var method = Method.other
    /// Whether the path is "/", without regard to a query.
    var isRootPath = false
    /// Whether the query carries a signature, as a presigned request does.
    var hasSignedQuery = false
    /// HTTP/1.0, which closes unless asked to keep alive, or HTTP/1.1.
    var isVersion10 = false
    /// Nil if the header is absent.
    var contentLength: Int?
    var isChunked = false
    /// Whether the client wants the connection kept; the version's default if it does not say.
    var keepsAlive = true
    var expectsContinue = false
    var hasAuthorization = false
    /// What X-Amz-Target names; nil if it is absent or names nothing that kvd serves.
    var operation: Operation?
    /// Where the value of Host stands, counted from the first byte of the head.
    var host: Range<Int>?
}

/// Why a request cannot be understood, as the status that answers it.
enum HTTPFault: Error, Equatable {
    case malformed(StaticString)
    case headTooLarge
    case bodyTooLarge
    case unsupportedEncoding
    case unsupportedVersion
    case tooSlow

    static func == (left: HTTPFault, right: HTTPFault) -> Bool {
        left.status == right.status && left.reason == right.reason
    }

    var status: Int {
        switch self {
        case .malformed: 400
        case .headTooLarge: 431
        case .bodyTooLarge: 413
        // 501 and 505 would be told apart by a browser; a DynamoDB client retries a 5xx in vain.
        case .unsupportedEncoding, .unsupportedVersion: 400
        case .tooSlow: 408
        }
    }

    var reason: String {
        switch self {
        case .malformed(let what): "\(what)"
        case .headTooLarge: "The request line and headers are too large"
        case .bodyTooLarge: "The request is too large"
        case .unsupportedEncoding: "The only transfer encoding that is supported is chunked"
        case .unsupportedVersion: "The only versions that are supported are HTTP/1.0 and HTTP/1.1"
        case .tooSlow: "The request took too long to arrive"
        }
    }
}
