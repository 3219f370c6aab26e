/// Loads orders, many of one customer together.
struct OrderLoader<Store: OrderStore>: Worker {
    let store: Store
    let space: OrderSpace
    let batchSize: Int
    /// Which batch is next; tasks take every so many.
    var batch: Int
    let stride: Int

    mutating func next() async throws -> Outcome {
        let first = batch * batchSize
        let orders = (first..<min(first + batchSize, space.count)).map(space.order)
        batch += stride
        try await store.putBatch(orders)
        return Outcome(
            kind: .load, items: orders.count,
            userBytes: orders.reduce(0) { $0 + $1.userBytes })
    }
}

/// Which orders are loaded: from an order's number in the load follow its key and its values.
struct OrderSpace: Sendable {
    let count: Int
    private let texts: Texts
    private static let states = ["PENDING", "PAID", "SHIPPED", "DELIVERED"]

    init(count: Int, seed: UInt64) {
        self.count = count
        texts = Texts(length: Order.noteLength, seed: seed)
    }

    var customerCount: Int { max(1, count / Order.perCustomer) }

    /// Customers are loaded in an order that is not that of their keys.
    func order(_ number: Int) -> Order {
        // A prime that does not divide the count, so that each customer has his turn.
        let stride = customerCount.isMultiple(of: 7_919) ? 7_907 : 7_919
        let customer = number / Order.perCustomer * stride % customerCount
        return order(customer: customer, number: number % Order.perCustomer)
    }

    func order(customer: Int, number: Int) -> Order {
        Order(
            customer: Order.customer(customer), number: number,
            status: Self.states[number % Self.states.count], total: customer &* 31 &+ number,
            visits: 0, note: texts[customer &+ number])
    }
}

/// What one phase does again and again.
enum OrderOperation {
    case get, query, countVisit, put, scan
}

/// One task that does the same operation again and again, each time on an order or a customer drawn
/// uniformly.
struct OrderWorker<Store: OrderStore>: Worker {
    let store: Store
    let space: OrderSpace
    let operation: OrderOperation
    var random: SplitMix64
    /// The number of the next new order; tasks take every so many, so that no two write the same.
    var newNumber: Int
    let stride: Int

    /// No counter comes near it: each conditional update does its work.
    static var visitLimit: Int { 1_000_000_000 }

    mutating func next() async throws -> Outcome {
        let customer = random.below(space.customerCount)
        let name = Order.customer(customer)
        switch operation {
        case .get:
            let number = random.below(Order.perCustomer)
            guard let order = try await store.get(customer: name, number: number) else {
                throw WrongAnswer("no order \(number) of \(name)")
            }
            return Outcome(kind: .get, checksum: order.checksum)
        case .query:
            let orders = try await store.query(customer: name, limit: Order.perCustomer)
            return Outcome(
                kind: .query, items: orders.count,
                checksum: orders.reduce(0) { $0 &+ $1.checksum })
        case .countVisit:
            let number = random.below(Order.perCustomer)
            let counted = try await store.countVisit(
                customer: name, number: number, limit: Self.visitLimit)
            if !counted { throw WrongAnswer("the counter of \(name) \(number) was not raised") }
            return Outcome(
                kind: .update, userBytes: Order.keyBytes(name) + Outcome.numberBytes)
        case .put:
            let order = space.order(customer: customer, number: newNumber)
            newNumber += stride
            try await store.put(order)
            return Outcome(kind: .put, userBytes: order.userBytes)
        case .scan:
            let (count, checksum) = try await store.scan()
            return Outcome(kind: .scan, items: count, checksum: checksum)
        }
    }
}
