internal import Foundation

/// A report as one self-contained page: the template with the report's JSON inside.
struct HTMLPage {
    private let report: Report
    private static let place = Data("/*report*/null".utf8)

    init(_ report: Report) { self.report = report }

    func encoded() throws -> Data {
        var page = Data(PackageResources.report_html)
        guard let place = page.range(of: Self.place) else {
            throw PeerError("the page's template has no place for the report")
        }
        // Inside a script element only "</" could end it early.
        let json = try String(decoding: report.encoded(), as: UTF8.self)
            .replacingOccurrences(of: "</", with: "<\\/")
        page.replaceSubrange(place, with: Data(json.utf8))
        return page
    }
}
