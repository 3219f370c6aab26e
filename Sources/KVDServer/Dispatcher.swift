// Unsafe pointers live in this file's signatures: a body is lent for one call and decoded within it.

import DynamoWire
package import KVDatabase

/// Carries requests out on a database: JSON to request, core entry, response to JSON.
///
/// The database's core entries take a completion. Where it runs before the entry returns, as a read
/// from memory does, the request has made neither a task nor a hop between threads.
package struct Dispatcher: RequestExecutor {
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    package func execute(
        _ request: IncomingRequest, on loop: LoopContext, reply: ReplyTicket
    ) {
        switch request.operation {
        case .putItem:
            serve(request, loop, reply, PutItem.decode, database.putItem, PutItem.encode)
        case .getItem:
            serve(request, loop, reply, GetItem.decode, database.getItem, GetItem.encode)
        case .updateItem:
            serve(request, loop, reply, UpdateItem.decode, database.updateItem, UpdateItem.encode)
        case .deleteItem:
            serve(request, loop, reply, DeleteItem.decode, database.deleteItem, DeleteItem.encode)
        case .query: serve(request, loop, reply, Query.decode, database.query, Query.encode)
        case .scan: serve(request, loop, reply, Scan.decode, database.scan, Scan.encode)
        case .batchGetItem:
            serve(
                request, loop, reply, BatchGetItem.decode, database.batchGetItem,
                BatchGetItem.encode)
        case .batchWriteItem:
            serve(
                request, loop, reply, BatchWriteItem.decode, database.batchWriteItem,
                BatchWriteItem.encode)
        case .createTable:
            serve(
                request, loop, reply, CreateTable.decode, database.createTable,
                CreateTable.encode)
        case .describeTable:
            serve(
                request, loop, reply, DescribeTable.decode, database.describeTable,
                DescribeTable.encode)
        case .deleteTable:
            serve(
                request, loop, reply, DeleteTable.decode, database.deleteTable,
                DeleteTable.encode)
        case .listTables:
            serve(
                request, loop, reply, ListTables.decode, database.listTables, ListTables.encode)
        case .describeLimits:
            serve(
                request, loop, reply, DescribeLimits.decode, database.describeLimits,
                DescribeLimits.encode)
        case .describeEndpoints:
            let address = request.host
            serve(
                request, loop, reply,
                { (body, decoder) throws(WireError) in
                    try DescribeEndpoints.decode(body, address: address, with: &decoder)
                }, database.describeEndpoints, DescribeEndpoints.encode)
        }
    }

    private typealias Completion<Response> =
        @Sendable (Result<Response, DatabaseError>) -> Void

    @inline(__always)
    private func serve<Request, Response: Sendable>(
        _ incoming: IncomingRequest, _ loop: LoopContext, _ reply: ReplyTicket,
        _ decode: (UnsafeRawBufferPointer, inout WireDecoder) throws(WireError) -> Request,
        _ perform: (Request, @escaping Completion<Response>) -> Void,
        _ encode: @escaping @Sendable (Response, JSONWriter) -> Void
    ) {
        let request: Request
        do throws(WireError) {
            request = try decode(incoming.body, &loop.decoder)
        } catch {
            return reply.answer(error)
        }
        loop.decoder.scratch.trim()
        perform(request) { result in
            reply.onLoop {
                switch result {
                case .success(let response):
                    reply.answer(status: 200) { encode(response, $0) }
                case .failure(let error): reply.answer(WireError(error))
                }
            }
        }
    }
}
