// swift-tools-version: 6.2
import PackageDescription

// A yardstick of Tools/bench server: what SwiftNIO's HTTP/1.1 costs before a database does anything.
// A package of its own, so that building kvd never builds it.
let package = Package(
    name: "EmptyHandler",
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0")
    ],
    targets: [
        .executableTarget(
            name: "EmptyHandler",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
    ]
)
