@testable import StorageEngine
import Testing

@Suite("The pool of blocking threads")
struct BlockingPoolTests {
    @Test("A pool dropped without a close stays in place under its threads")
    func dropped() throws {
        for _ in 0..<100 { try BlockingPool().start(name: "test", threadCount: 1) }
    }
}
