// Unsafe pointers live in this file: head and body are lent by the connection's buffer, of which a
// copy is held for the length of the call, and the executor decodes them before it returns.

import DynamoWire
import NIOCore

/// Taking one request out of the bytes received, and sending it where it belongs.
extension ConnectionHandler {
    /// One step of the state machine. False if it needs further bytes.
    func takeStep() throws(HTTPFault) -> Bool {
        switch phase {
        case .discarding: return false
        case .head(let scanned): return try takeHead(scanned: scanned)
        case .body(let head, let headLength, let length):
            guard inbound.readableBytes >= length, mayStart(head) else { return false }
            let number = openSlot(for: head)
            let request = inbound
            inbound.moveReaderIndex(forwardBy: length)
            request.withUnsafeReadableBytes { bytes in
                route(
                    number, head, UnsafeRawBufferPointer(rebasing: bytes[..<headLength]),
                    body: UnsafeRawBufferPointer(rebasing: bytes[headLength..<length]))
            }
            return true
        case .chunks(let head, let headBytes, var decoder):
            guard mayStart(head) else { return false }
            // The phase lets go of the decoder, else its buffer would be copied on every write.
            phase = .discarding
            let isComplete = try decoder.consume(&inbound)
            guard isComplete else {
                phase = .chunks(head, headBytes: headBytes, decoder)
                return false
            }
            let number = openSlot(for: head)
            headBytes.withUnsafeReadableBytes { headBytes in
                decoder.body.withUnsafeReadableBytes { body in
                    route(number, head, headBytes, body: body)
                }
            }
            return true
        }
    }

    private func takeHead(scanned: Int) throws(HTTPFault) -> Bool {
        skipEmptyLines()
        let limit = loop.options.maximumHeadBytes
        let length = inbound.withUnsafeReadableBytes {
            HTTPHeadParser.length(of: $0, scanned: scanned)
        }
        guard let length, length <= limit else {
            guard inbound.readableBytes <= limit else { throw .headTooLarge }
            phase = .head(scanned: inbound.readableBytes)
            return false
        }
        let parsed = inbound.withUnsafeReadableBytes { bytes in
            Result { () throws(HTTPFault) in
                try HTTPHeadParser.parse(UnsafeRawBufferPointer(rebasing: bytes[..<length]))
            }
        }
        let head = try parsed.get()
        let bodyLength = head.contentLength ?? 0
        guard bodyLength <= loop.options.maximumBodyBytes else { throw .bodyTooLarge }
        phaseStart = loop.now
        if head.isChunked {
            let headBytes = inbound.readSlice(length: length) ?? ByteBuffer()
            phase = .chunks(
                head, headBytes: headBytes,
                ChunkedBodyDecoder(
                    maximumBodyBytes: loop.options.maximumBodyBytes, body: ByteBuffer()))
        } else {
            phase = .body(head, headLength: length, length: length + bodyLength)
        }
        if head.expectsContinue, !head.isVersion10, head.isChunked || bodyLength > 0,
            inbound.readableBytes < (head.isChunked ? 1 : length + bodyLength)
        {
            sendContinue()
        }
        return true
    }

    /// Clients of old sent a line too much after a body (RFC 9112, section 2.2).
    private func skipEmptyLines() {
        while inbound.readableBytes >= 2,
            inbound.getInteger(at: inbound.readerIndex, as: UInt16.self) == 0x0D0A
        {
            inbound.moveReaderIndex(forwardBy: 2)
            phase = .head(scanned: 0)
        }
    }

    private func route(
        _ number: UInt64, _ head: HTTPRequestHead, _ headBytes: UnsafeRawBufferPointer,
        body: UnsafeRawBufferPointer
    ) {
        switch head.method {
        case .post: break
        case .get where head.isRootPath, .head where head.isRootPath:
            loop.health.withUnsafeBytes { answer(number, status: 200, .text, $0) }
            return
        default:
            // DynamoDB's front end answers so whatever is not a POST.
            let text: StaticString = "<UnknownOperationException/>\n"
            let bytes = UnsafeRawBufferPointer(
                start: text.utf8Start, count: text.utf8CodeUnitCount)
            return answer(number, status: 404, .text, bytes)
        }
        guard let operation = head.operation else { return refuse(number, .unknownOperation) }
        guard head.hasAuthorization || head.hasSignedQuery else {
            return refuse(number, .missingAuthenticationToken)
        }
        if loop.logsRequests { attach(RequestLog(operation, bytes: body.count), to: number) }
        let host = head.host.map { UnsafeRawBufferPointer(rebasing: headBytes[$0]) }
        loop.executor.execute(
            IncomingRequest(
                operation: operation, body: body,
                host: host ?? UnsafeRawBufferPointer(rebasing: headBytes[..<0])),
            on: loop,
            reply: ReplyTicket(
                connection: NIOLoopBound(self, eventLoop: loop.eventLoop), requestNumber: number,
                completions: loop.completions))
    }

    private func refuse(_ number: UInt64, _ error: WireError) {
        answer(number, status: error.httpStatus) { error.encode(into: $0) }
    }
}

extension HTTPFault {
    /// The fault as an answer in JSON, which is what a DynamoDB client can show.
    func wireError(maximumBodyBytes: Int) -> WireError {
        switch self {
        case .bodyTooLarge: .tooLarge(limit: maximumBodyBytes)
        default: .malformedHTTP(reason)
        }
    }
}
