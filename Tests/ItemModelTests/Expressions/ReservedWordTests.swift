import Testing

@testable import ItemModel

@Suite struct ReservedWordTests {
    private func isReserved(_ word: String) -> Bool {
        Array(word.utf8).withUnsafeBytes { isReservedWord($0) }
    }

    @Test func theListHasTheDocumentedLength() {
        #expect(Set(ReservedWords.sorted).count == 573)
    }

    @Test(arguments: ["ABORT", "status", "Name", "LOCALTIMESTAMP", "zone", "Ttl", "size"])
    func aReservedWordIsFoundInAnyCase(word: String) {
        #expect(isReserved(word))
    }

    @Test(arguments: [
        "", "pk", "ABORTS", "ABOR", "customerId", "LOCALTIMESTAMPS", "na\u{0}me",
        "averyveryverylongattributename",
    ])
    func anotherWordIsNot(word: String) {
        #expect(!isReserved(word))
    }
}
