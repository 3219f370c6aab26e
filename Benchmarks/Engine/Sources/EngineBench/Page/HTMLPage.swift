internal import Foundation

/// A report as one self-contained page: the template with style, scripts and the report inside, all
/// but the single rounds.
struct HTMLPage {
    private let report: Report

    init(_ report: Report) {
        var report = report
        for index in report.sets.indices { report.sets[index].results = [] }
        self.report = report
    }

    func encoded() throws -> Data {
        var page = Data(PackageResources.report_html)
        try fill("/*style*/", of: &page, with: Data(PackageResources.report_css))
        let scripts =
            PackageResources.report_js + PackageResources.charts_js + PackageResources.sections_js
        try fill("/*script*/", of: &page, with: Data(scripts))
        // Inside a script element only "</" could end it early.
        let json = try String(decoding: report.encoded(), as: UTF8.self)
            .replacingOccurrences(of: "</", with: "<\\/")
        try fill("/*report*/null", of: &page, with: Data(json.utf8))
        return page
    }

    private func fill(_ place: String, of page: inout Data, with text: Data) throws {
        guard let range = page.range(of: Data(place.utf8)) else {
            throw PeerError("the page's template has no \(place)")
        }
        page.replaceSubrange(range, with: text)
    }
}
