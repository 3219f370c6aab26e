import Glibc
import KVDatabase
import Testing

/// The README's example of the library: it runs here, and the README shows these very lines.
@Suite struct ReadmeSnippetTests {
    /// Everything between the markers is in the README, without the indentation; an import cannot stand
    /// in a function, so it is a comment here.
    private func example(in folder: String) async throws -> [String] {
        // snippet:begin
        // import KVDatabase
        let database = try Database.open(at: folder)
        _ = try await database.createTable(
            .init(
                tableName: "orders",
                attributeDefinitions: [
                    .init(attributeName: "customer", attributeType: .string),
                    .init(attributeName: "order", attributeType: .number),
                ],
                keySchema: [
                    .init(attributeName: "customer", keyType: .hash),
                    .init(attributeName: "order", keyType: .range),
                ],
                billingMode: .payPerRequest))

        let order: Item = [
            "customer": "ada", "order": 1, "status": "PENDING", "lines": ["apple", "pear"],
        ]
        _ = try await database.putItem(
            .init(
                tableName: "orders", item: EncodedItem(order),
                conditionExpression: "attribute_not_exists(customer)"))

        do {
            _ = try await database.updateItem(
                .init(
                    tableName: "orders", key: EncodedItem(["customer": "ada", "order": 1]),
                    updateExpression: "SET #s = :done", conditionExpression: "#s = :pending",
                    expressionAttributeNames: ["#s": "status"],
                    expressionAttributeValues: EncodedItem([
                        ":done": "DONE", ":pending": "PENDING",
                    ])))
        } catch let error as DatabaseError where error.code == .conditionalCheckFailed {
            print("someone else was faster")
        }

        let page = try await database.query(
            .init(
                tableName: "orders", keyConditionExpression: "customer = :c",
                expressionAttributeValues: EncodedItem([":c": "ada"])))
        page.items?.forEach { print($0.decoded()) }
        try await database.close()
        // snippet:end
        return page.items?.compactMap { "\($0)" } ?? []
    }

    @Test func theExampleRuns() async throws {
        var template = Array("/tmp/kvd-readme-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }
        }
        let folder = String(cString: try #require(made))
        #expect(try await example(in: folder).count == 1)

        let database = try Database.open(at: folder)
        let found = try await database.getItem(
            .init(tableName: "orders", key: .of(["customer": "ada", "order": 1])))
        #expect(found.item?.decoded()["status"] == "DONE")
        try await database.close()
    }

    @Test func theReadmeShowsTheExample() throws {
        let example = try region(of: #filePath, from: "// snippet:begin", to: "// snippet:end")
            .map { String($0.dropFirst(8)) }
            .map { $0 == "// import KVDatabase" ? "import KVDatabase\n" : $0 }
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let shown = try region(
            of: "/\(root)/README.md", from: "<!-- snippet:begin -->", to: "<!-- snippet:end -->")
        #expect(
            shown.joined(separator: "\n") == "```swift\n\(example.joined(separator: "\n"))\n```")
    }

    /// The lines between two markers, the first of each in the file.
    private func region(of path: String, from begin: String, to end: String) throws -> [String] {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(byte)) }
        let lines = String(decoding: bytes, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        let first = try #require(lines.firstIndex { $0.hasSuffix(begin) })
        let last = try #require(lines[first...].firstIndex { $0.hasSuffix(end) })
        return lines[(first + 1)..<last].map(String.init)
    }
}
