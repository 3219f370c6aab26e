import KVDatabase
import Testing

/// Scan: filters, segments, and what it refuses.
@Suite struct ScanTests {
    private func makeDatabase(count: Int = 50) async throws -> Database {
        let database = try await TestDatabase(.table("things", ("id", .number))).database
        for number in 0..<count {
            _ = try await database.putItem(
                .init(
                    tableName: "things",
                    item: .of(["id": .int(number), "even": .bool(number % 2 == 0)])))
        }
        return database
    }

    @Test func aFilterDropsAfterCounting() async throws {
        let page = try await makeDatabase().scan(
            .init(
                tableName: "things", filterExpression: "even = :true",
                projectionExpression: "id", expressionAttributeValues: .of([":true": true])))
        #expect(page.scannedCount == 50)
        #expect(page.count == 25)
        #expect(page.items?.allSatisfy { $0.decoded().count == 1 } == true)
    }

    @Test func itemsThatAreKeptStayAsTheyAreWhileTheirMemoryGoesRound() async throws {
        let database = try await makeDatabase(count: 120)
        var kept: [(item: Item, encoded: EncodedItem, text: String)] = []
        for round in 0..<40 {
            let page = try await database.scan(.init(tableName: "things", limit: 60))
            let item = try #require(page.items?[round])
            kept.append((item.decoded(), item, "\(item.decoded())"))
            // The next answers have other contents at the same places.
            _ = try await database.putItem(
                .init(
                    tableName: "things",
                    item: .of(["id": .int(round * 3), "even": "changed", "more": .int(round)])))
        }
        for (item, encoded, text) in kept {
            #expect("\(item)" == text)
            #expect("\(encoded.decoded())" == text)
        }
        #expect(Set(kept.map(\.text)).count == 40)
    }

    @Test func segmentsTogetherAreTheTable() async throws {
        let database = try await makeDatabase()
        var found: [AttributeValue] = []
        for segment in 0..<7 {
            let page = try await database.scan(
                .init(tableName: "things", segment: segment, totalSegments: 7))
            found += page.items?.compactMap { $0.decoded()["id"] } ?? []
        }
        #expect(found.count == 50)
        #expect(Set(found).count == 50)
    }

    @Test func aMillionSegmentsAreAllowed() async throws {
        let page = try await makeDatabase(count: 1).scan(
            .init(tableName: "things", segment: 999_999, totalSegments: 1_000_000))
        #expect(page.count == 0)
    }

    @Test func aLargeTableComesInPagesOfOneMegabyte() async throws {
        let database = try await TestDatabase(.table("things", ("id", .number))).database
        let text = String(repeating: "x", count: 100 << 10)
        for number in 0..<25 {
            _ = try await database.putItem(
                .init(
                    tableName: "things", item: .of(["id": .int(number), "text": .string(text)])))
        }
        var request = Scan.Request(tableName: "things")
        var counts: [Int] = []
        repeat {
            let page = try await database.scan(request)
            counts.append(page.count)
            request.exclusiveStartKey = page.lastEvaluatedKey
        } while request.exclusiveStartKey != nil
        #expect(counts == [11, 11, 3])
    }

    struct Refused: Sendable {
        let segment: Int?
        let totalSegments: Int?
        let message: String
    }

    static let refused: [Refused] = [
        Refused(
            segment: 0, totalSegments: nil,
            message: "The TotalSegments parameter is required but was not present in the request "
                + "when Segment parameter is present"),
        Refused(
            segment: nil, totalSegments: 4,
            message: "The Segment parameter is required but was not present in the request when "
                + "parameter TotalSegments is present"),
        Refused(
            segment: 4, totalSegments: 4,
            message: "The Segment parameter is zero-based and must be less than parameter "
                + "TotalSegments: Segment: 4 is not less than TotalSegments: 4"),
    ]

    @Test(arguments: refused) func segmentsMustBeGivenWhole(_ refused: Refused) async throws {
        let database = try await makeDatabase(count: 0)
        let error = await refusal {
            _ = try await database.scan(
                .init(
                    tableName: "things", segment: refused.segment,
                    totalSegments: refused.totalSegments))
        }
        #expect(error?.code == .validation)
        #expect(error?.message == refused.message)
    }

    @Test func aStartKeyMustBelongToTheSegment() async throws {
        let database = try await makeDatabase()
        let first = try await database.scan(
            .init(tableName: "things", limit: 1, segment: 0, totalSegments: 2))
        let error = await refusal {
            _ = try await database.scan(
                .init(
                    tableName: "things", segment: 1, totalSegments: 2,
                    exclusiveStartKey: first.lastEvaluatedKey))
        }
        #expect(
            error?.message
                == "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
                + "ExclusiveStartKey with correct Segment. TotalSegments: 2 Segment: 1")
    }
}
