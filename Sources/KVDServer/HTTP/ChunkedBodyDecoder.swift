import NIOCore

/// Takes the chunks of a body out of their framing, as they arrive.
///
/// Source: RFC 9112, section 7.1. Extensions and trailers are read over; neither means anything here.
struct ChunkedBodyDecoder {
    private enum State {
        case size, data(remaining: Int), dataEnd, trailer
    }

    /// No chunk's size line and no trailer line is longer than this in any real client.
    private static let maximumLineBytes = 4096
    /// All framing together may not outgrow this, so that a body of one-byte chunks stays cheap.
    private static let maximumTrailerBytes = 32 << 10

    private let maximumBodyBytes: Int
    private var state = State.size
    private var trailerBytes = 0
    private(set) var body: ByteBuffer

    init(maximumBodyBytes: Int, body: ByteBuffer) {
        self.maximumBodyBytes = maximumBodyBytes
        self.body = body
    }

    /// Consumes what it can of `input`. True once the body is complete.
    mutating func consume(_ input: inout ByteBuffer) throws(HTTPFault) -> Bool {
        while true {
            switch state {
            case .size:
                guard let line = try line(&input) else { return false }
                let size = try chunkSize(line)
                guard body.readableBytes + size <= maximumBodyBytes else { throw .bodyTooLarge }
                state = size == 0 ? .trailer : .data(remaining: size)
            case .data(let remaining):
                let count = min(remaining, input.readableBytes)
                guard count > 0, var chunk = input.readSlice(length: count) else { return false }
                body.writeBuffer(&chunk)
                state = count == remaining ? .dataEnd : .data(remaining: remaining - count)
            case .dataEnd:
                guard let line = try line(&input) else { return false }
                guard line.readableBytes == 0 else {
                    throw .malformed("A chunk is longer than its size says")
                }
                state = .size
            case .trailer:
                guard let line = try line(&input) else { return false }
                if line.readableBytes == 0 { return true }
                trailerBytes += line.readableBytes
                guard trailerBytes <= Self.maximumTrailerBytes else { throw .headTooLarge }
            }
        }
    }

    /// The next line without its end; nil if it has not arrived whole.
    private func line(_ input: inout ByteBuffer) throws(HTTPFault) -> ByteBuffer? {
        let view = input.readableBytesView.prefix(Self.maximumLineBytes)
        guard let newline = view.firstIndex(of: 0x0A) else {
            if view.count == Self.maximumLineBytes {
                throw .malformed("A line of a chunked body is too long")
            }
            return nil
        }
        let length = newline - view.startIndex
        guard length > 0, view[newline - 1] == 0x0D,
            let line = input.readSlice(length: length - 1)
        else { throw .malformed("A line of a chunked body does not end in CRLF") }
        input.moveReaderIndex(forwardBy: 2)
        return line
    }

    private func chunkSize(_ line: ByteBuffer) throws(HTTPFault) -> Int {
        var size = 0
        var digits = 0
        for byte in line.readableBytesView {
            if byte == UInt8(ascii: ";") || byte == 0x20 || byte == 0x09 { break }
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, digits < 8 else {
                throw .malformed("A chunk's size is malformed")
            }
            size = size << 4 | digit
            digits += 1
        }
        guard digits > 0 else { throw .malformed("A chunk's size is malformed") }
        return size
    }
}
