/// DynamoDB's rules for the size of an item, on which limits and capacity units rest.
///
/// - A name counts its UTF-8 bytes; a string its UTF-8 bytes; a binary its bytes.
/// - A number counts one byte for each two significant digits, leading and trailing zeros left out,
///   paired around the decimal point, plus one, plus one more for a minus sign: which is the length
///   of its stored form here.
/// - Null and Boolean count one byte.
/// - A list or map counts three bytes, and one more for each element or attribute; a set nothing
///   beside its members.
///
/// Source: AWS, "DynamoDB item sizes and formats". AWS calls its number rule approximate; the
/// pairing and the sign's byte are what its billing shows.
package enum ItemSize {
    package static let containerOverheadBytes = 3
    package static let elementOverheadBytes = 1
}
