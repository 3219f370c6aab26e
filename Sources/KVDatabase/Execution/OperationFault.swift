internal import ItemModel
internal import StorageEngine

/// Why one attempt of an operation ended without a response.
enum OperationFault: Error {
    /// It needs the disk, a busy latch or room in memory, and may not wait on this thread.
    case wouldBlock
    case refused(DatabaseError)

    init(_ error: EngineError) {
        self = error == .wouldBlock ? .wouldBlock : .refused(DatabaseError(error))
    }

    init(_ error: ItemError) { self = .validation(error.message) }

    static func validation(_ message: String) -> OperationFault {
        .refused(DatabaseError(code: .validation, message: message))
    }

    /// A validation error in AWS's most common dress.
    static func invalidParameter(_ message: String) -> OperationFault {
        .validation("One or more parameter values were invalid: \(message)")
    }
}

extension DatabaseError {
    /// An engine error is not of the caller's making, so it is AWS's error for that.
    init(_ error: EngineError) {
        self.init(code: .internalServerError, message: error.description)
    }
}
