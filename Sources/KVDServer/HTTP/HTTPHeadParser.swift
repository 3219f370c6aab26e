// Unsafe pointers live in this file. The invariant that makes them safe: a parser exists only inside
// the scope that lends it the received bytes, and reads at `position` only where it is below `end`.

import DynamoWire

/// Reads one request line with its headers from lent bytes, allocating nothing.
///
/// Strict where leniency has led to request smuggling elsewhere: lines end in CRLF, no white space
/// stands before a colon, no line is folded, lengths do not contradict each other.
///
/// Source: RFC 9112 (HTTP/1.1), sections 2 to 7; RFC 9110, sections 5 and 10.1.1.
struct HTTPHeadParser {
    private let bytes: UnsafeRawBufferPointer
    private let end: Int
    private var position = 0
    private var head = HTTPRequestHead()
    private var hasHost = false
    private var wantsClose = false
    private var wantsKeepAlive = false

    /// The length of the first head in `bytes`, its empty line included; nil if it is not complete.
    ///
    /// - Parameter scanned: how many bytes an earlier call has looked through in vain.
    static func length(of bytes: UnsafeRawBufferPointer, scanned: Int) -> Int? {
        var position = max(scanned - 3, 0)
        while position + 3 < bytes.count {
            // The last byte of CR LF CR LF decides how far the search may leap.
            switch bytes[position + 3] {
            case 0x0A:
                if bytes[position + 2] == 0x0D, bytes[position + 1] == 0x0A,
                    bytes[position] == 0x0D
                {
                    return position + 4
                }
                position += 2
            case 0x0D: position += 1
            default: position += 4
            }
        }
        return nil
    }

    /// Parses `bytes`, which end with the head's empty line.
    static func parse(_ bytes: UnsafeRawBufferPointer) throws(HTTPFault) -> HTTPRequestHead {
        var parser = HTTPHeadParser(bytes: bytes, end: bytes.count - 2)
        try parser.requestLine()
        while parser.position < parser.end { try parser.header() }
        return try parser.finish()
    }

    private init(bytes: UnsafeRawBufferPointer, end: Int) {
        self.bytes = bytes
        self.end = end
    }

    // MARK: Request line

    private mutating func requestLine() throws(HTTPFault) {
        let method = try word(what: "The request line has no method")
        if equal(method, "POST") {
            head.method = .post
        } else if equal(method, "GET") {
            head.method = .get
        } else if equal(method, "HEAD") {
            head.method = .head
        }
        for index in method where !Self.isToken(bytes[index]) {
            throw .malformed("The request's method is malformed")
        }
        let target = try word(what: "The request line has no target")
        readTarget(target)
        let version = position..<(try lineEnd())
        guard version.count == 8, equal(version.prefix(5), "HTTP/"),
            bytes[version.lowerBound + 6] == UInt8(ascii: ".")
        else { throw .malformed("The request line has no HTTP version") }
        guard bytes[version.lowerBound + 5] == UInt8(ascii: "1") else { throw .unsupportedVersion }
        head.isVersion10 = bytes[version.lowerBound + 7] == UInt8(ascii: "0")
        position = version.upperBound + 2
    }

    private mutating func readTarget(_ target: Range<Int>) {
        let path = target.prefix { bytes[$0] != UInt8(ascii: "?") }
        head.isRootPath = path.count == 1 && bytes[path.lowerBound] == UInt8(ascii: "/")
        let query = path.upperBound..<target.upperBound
        let marker: StaticString = "X-Amz-Signature="
        let length = marker.utf8CodeUnitCount
        guard query.count > length else { return }
        for start in query.lowerBound..<(query.upperBound - length)
        where equal(start..<start + length, marker) {
            head.hasSignedQuery = true
            return
        }
    }

    /// The bytes up to the next space on the line, which is consumed.
    private mutating func word(what: StaticString) throws(HTTPFault) -> Range<Int> {
        let start = position
        while position < end, bytes[position] > 0x20, bytes[position] != 0x7F { position += 1 }
        guard position > start, position < end, bytes[position] == 0x20 else {
            throw .malformed(what)
        }
        position += 1
        return start..<position - 1
    }

    /// Where the line that holds `position` ends.
    private func lineEnd() throws(HTTPFault) -> Int {
        var index = position
        while index + 1 < bytes.count {
            if bytes[index] == 0x0D, bytes[index + 1] == 0x0A { return index }
            // A tab is the one control character that a header's value may hold.
            if bytes[index] < 0x20 && bytes[index] != 0x09 || bytes[index] == 0x7F { break }
            index += 1
        }
        throw .malformed("A header line holds a control character or does not end in CRLF")
    }

    // MARK: Headers

    private mutating func header() throws(HTTPFault) {
        let start = position
        while position < end, Self.isToken(bytes[position]) { position += 1 }
        guard position > start, position < end, bytes[position] == UInt8(ascii: ":") else {
            throw .malformed("A header's name is malformed")
        }
        let name = start..<position
        position += 1
        let lineEnd = try lineEnd()
        var value = position..<lineEnd
        while let first = value.first, bytes[first] == 0x20 || bytes[first] == 0x09 {
            value = value.dropFirst()
        }
        while let last = value.last, bytes[last] == 0x20 || bytes[last] == 0x09 {
            value = value.dropLast()
        }
        position = lineEnd + 2
        try note(name, value)
    }

    private mutating func note(_ name: Range<Int>, _ value: Range<Int>) throws(HTTPFault) {
        // The length tells most names apart before any byte is compared.
        switch name.count {
        case 4 where matches(name, "host"):
            guard !hasHost else { throw .malformed("The header Host stands twice") }
            hasHost = true
            head.host = value
        case 6 where matches(name, "expect"):
            head.expectsContinue = matches(value, "100-continue")
        case 10 where matches(name, "connection"): readConnection(value)
        case 12 where matches(name, "x-amz-target"):
            head.operation = Operation(target: UnsafeRawBufferPointer(rebasing: bytes[value]))
        case 13 where matches(name, "authorization"): head.hasAuthorization = !value.isEmpty
        case 14 where matches(name, "content-length"):
            let length = try contentLength(value)
            guard head.contentLength == nil || head.contentLength == length else {
                throw .malformed("The header Content-Length stands twice and differs")
            }
            head.contentLength = length
        case 17 where matches(name, "transfer-encoding"):
            guard !head.isChunked, matches(value, "chunked") else { throw .unsupportedEncoding }
            head.isChunked = true
        default: break
        }
    }

    private func contentLength(_ value: Range<Int>) throws(HTTPFault) -> Int {
        // 18 digits cannot overflow, and no length that kvd accepts comes near them.
        guard !value.isEmpty, value.count <= 18 else {
            throw .malformed("The header Content-Length is malformed")
        }
        var length = 0
        for index in value {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { throw .malformed("The header Content-Length is malformed") }
            length = length * 10 + Int(digit)
        }
        return length
    }

    /// Reads the options of Connection, a list with commas; those other than the two below are for
    /// features that kvd does not offer.
    private mutating func readConnection(_ value: Range<Int>) {
        var start = value.lowerBound
        while start < value.upperBound {
            var stop = start
            while stop < value.upperBound, bytes[stop] != UInt8(ascii: ",") { stop += 1 }
            var option = start..<stop
            while let first = option.first, bytes[first] == 0x20 { option = option.dropFirst() }
            while let last = option.last, bytes[last] == 0x20 { option = option.dropLast() }
            if matches(option, "close") { wantsClose = true }
            if matches(option, "keep-alive") { wantsKeepAlive = true }
            start = stop + 1
        }
    }

    private mutating func finish() throws(HTTPFault) -> HTTPRequestHead {
        if head.isChunked, head.contentLength != nil || head.isVersion10 {
            throw .malformed("Transfer-Encoding and Content-Length contradict each other")
        }
        guard hasHost || head.isVersion10 else { throw .malformed("The header Host is missing") }
        head.keepsAlive = !wantsClose && (!head.isVersion10 || wantsKeepAlive)
        return head
    }

    // MARK: Comparison

    private func equal(_ range: Range<Int>, _ literal: StaticString) -> Bool {
        guard range.count == literal.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count
        where bytes[range.lowerBound + offset] != literal.utf8Start[offset] {
            return false
        }
        return true
    }

    /// Whether the text is `literal`, which is in lower case, without regard to case.
    private func matches(_ range: Range<Int>, _ literal: StaticString) -> Bool {
        guard range.count == literal.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count {
            var byte = bytes[range.lowerBound + offset]
            if byte &- UInt8(ascii: "A") < 26 { byte |= 0x20 }
            guard byte == literal.utf8Start[offset] else { return false }
        }
        return true
    }

    /// Whether a byte may stand in a method or a header's name (RFC 9110, section 5.6.2).
    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"),
            UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "|"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
