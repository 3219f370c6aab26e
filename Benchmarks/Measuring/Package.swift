// swift-tools-version: 6.2
import PackageDescription

// What the comparisons of engines and of tables measure a process by, so that both mean the same.
let package = Package(
    name: "Measuring",
    products: [.library(name: "ProcessMeasuring", targets: ["ProcessMeasuring"])],
    targets: [
        .target(
            name: "ProcessMeasuring",
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .treatAllWarnings(as: .error),
            ])
    ]
)
