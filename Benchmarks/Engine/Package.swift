// swift-tools-version: 6.2
import PackageDescription

// kvd's storage engine beside the engines people would pick instead. A package of its own, so that
// building kvd never needs them. Build it through Tools/bench, which finds or makes the peers.
let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "EngineBench",
    dependencies: [
        .package(name: "kvd", path: "../.."),
        .package(path: "../Measuring"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    ],
    targets: [
        .systemLibrary(name: "CRocksDB", pkgConfig: "kvd-peer-rocksdb"),
        .systemLibrary(name: "CLevelDB", pkgConfig: "kvd-peer-leveldb"),
        .systemLibrary(name: "CLMDB", pkgConfig: "kvd-peer-lmdb"),
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(name: "CBenchShims"),
        .target(name: "CWiredTiger", linkerSettings: [.linkedLibrary("wiredtiger")]),
        .executableTarget(
            name: "EngineBench",
            dependencies: [
                "CBenchShims", "CRocksDB", "CLevelDB", "CLMDB", "CSQLite", "CWiredTiger",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "ProcessMeasuring", package: "Measuring"),
                .product(name: "StorageEngine", package: "kvd"),
            ],
            resources: [
                .embedInCode("Page/report.html"), .embedInCode("Page/report.css"),
                .embedInCode("Page/report.js"), .embedInCode("Page/charts.js"),
                .embedInCode("Page/sections.js"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "EngineBenchTests",
            dependencies: [
                "EngineBench",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: swiftSettings),
    ]
)
