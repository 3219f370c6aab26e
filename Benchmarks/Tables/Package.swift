// swift-tools-version: 6.2
import PackageDescription

// What Tools/bench table runs: kvd's tables beside SQLite through GRDB, in one process of one engine at
// a time. A package of its own, so that GRDB is never a dependency of kvd.
let package = Package(
    name: "TableBench",
    dependencies: [
        // By name: the folder of a clone may have any.
        .package(name: "kvd", path: "../.."),
        .package(path: "../Measuring"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        .executableTarget(
            name: "TableBench",
            dependencies: [
                .product(name: "KVDatabase", package: "kvd"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "ProcessMeasuring", package: "Measuring"),
            ],
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
                .treatAllWarnings(as: .error),
            ])
    ]
)
