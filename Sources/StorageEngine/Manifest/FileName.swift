/// The names of a database folder's files.
enum FileName: Equatable {
    case log(UInt64)
    case table(UInt64)
    case manifest(UInt64)
    case current
    case temporaryCurrent
    case lock

    /// Numbers are below it, so that there is room for those of new files.
    static let numberLimit = UInt64.max / 2

    /// Nil for a name that is not kvd's, a number written in another way than ``name`` writes it
    /// included: `7.log` is not `000007.log`.
    init?(_ name: String) {
        self.init(parsing: name)
        guard self.name == name, number ?? 0 < Self.numberLimit else { return nil }
    }

    private init?(parsing name: String) {
        switch name {
        case "CURRENT": self = .current
        case "CURRENT.tmp": self = .temporaryCurrent
        case "LOCK": self = .lock
        default:
            if name.hasPrefix("MANIFEST-"), let number = UInt64(name.dropFirst(9)) {
                self = .manifest(number)
            } else if name.hasSuffix(".log"), let number = UInt64(name.dropLast(4)) {
                self = .log(number)
            } else if name.hasSuffix(".sst"), let number = UInt64(name.dropLast(4)) {
                self = .table(number)
            } else {
                return nil
            }
        }
    }

    var name: String {
        switch self {
        case .log(let number): Self.padded(number) + ".log"
        case .table(let number): Self.padded(number) + ".sst"
        case .manifest(let number): "MANIFEST-" + Self.padded(number)
        case .current: "CURRENT"
        case .temporaryCurrent: "CURRENT.tmp"
        case .lock: "LOCK"
        }
    }

    /// The number in the name, for names that have one.
    var number: UInt64? {
        switch self {
        case .log(let number), .table(let number), .manifest(let number): number
        case .current, .temporaryCurrent, .lock: nil
        }
    }

    func path(in folder: String) -> String { folder + "/" + name }

    /// At least six digits, so that a listing sorts.
    private static func padded(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }
}
