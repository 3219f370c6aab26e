// swift-tools-version: 6.2
import PackageDescription

/// One language mode and one strictness for every target: a warning is an error everywhere.
let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "kvd",
    products: [
        .library(name: "KVDatabase", targets: ["KVDatabase"]),
        .library(name: "StorageEngine", targets: ["StorageEngine"]),
        .executable(name: "kvd", targets: ["kvd"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    ],
    targets: [
        // Layer 0: what Swift cannot say.
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
        .target(name: "CKvdShims", cSettings: [.treatAllWarnings(as: .error)]),

        // Layer 1: bytes, and items.
        .target(
            name: "StorageEngine", dependencies: ["CKvdShims", "CLZ4"],
            swiftSettings: swiftSettings),
        .target(name: "ItemModel", swiftSettings: swiftSettings),

        // Layer 2: tables.
        .target(
            name: "KVDatabase", dependencies: ["ItemModel", "StorageEngine"],
            swiftSettings: swiftSettings),

        // Layer 3: the DynamoDB JSON protocol, as pure functions.
        .target(
            name: "DynamoWire", dependencies: ["ItemModel", "KVDatabase"],
            swiftSettings: swiftSettings),

        // Layer 4: sockets.
        .target(
            name: "KVDServer",
            dependencies: [
                "DynamoWire", "KVDatabase",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings),

        // Layer 5: the command.
        .executableTarget(
            name: "kvd",
            dependencies: [
                "KVDServer", "KVDatabase",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),

        // Tests.
        .target(
            name: "KvdTestSupport", dependencies: ["StorageEngine"],
            path: "Tests/KvdTestSupport", swiftSettings: swiftSettings),
        .testTarget(name: "ArchitectureTests", swiftSettings: swiftSettings),
        // Counts allocations and system calls of optimised code; `Tools/test` runs it.
        .target(
            name: "CCallCounters", path: "Tests/CCallCounters",
            cSettings: [.treatAllWarnings(as: .error)]),
        .executableTarget(
            name: "OperationCounts",
            dependencies: ["CCallCounters", "StorageEngine", "KVDatabase", "KvdTestSupport"],
            path: "Tests/OperationCounts", swiftSettings: swiftSettings),
        .testTarget(
            name: "StorageEngineTests",
            dependencies: ["CKvdShims", "StorageEngine", "KvdTestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "CrashTests", dependencies: ["StorageEngine", "KVDatabase", "KvdTestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ItemModelTests", dependencies: ["ItemModel", "KvdTestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "KVDatabaseTests", dependencies: ["KVDatabase", "KvdTestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "DynamoWireTests", dependencies: ["DynamoWire", "KvdTestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "KVDServerTests",
            dependencies: [
                "KVDServer", "KvdTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings),
    ]
)
