// swift-tools-version: 6.2

import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "aval",
    products: [
        .executable(name: "aval", targets: ["aval"]),
        // A module that tests load.
        .library(name: "LosableToken", type: .dynamic, targets: ["LosableToken"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // System libraries, found through pkg-config.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CHiredis", pkgConfig: "hiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CPKCS11", pkgConfig: "p11-kit-1", providers: [.apt(["libp11-kit-dev"])]),
        // What Swift cannot import of the C library.
        .systemLibrary(name: "CLinux"),

        // Pure: values in, values out.
        .target(name: "AuthorizationCore", swiftSettings: strict),
        .target(name: "ISO8583", swiftSettings: strict),
        .target(name: "CardCryptography", dependencies: ["CLibCrypto"], swiftSettings: strict),
        // Its operations on clear test keys, for integrators and for the vectors.
        .target(name: "CardCalculator", dependencies: ["CardCryptography", "ISO8583"], swiftSettings: strict),

        // Keys in hardware, or in what speaks like it.
        .target(
            name: "PKCS11",
            dependencies: [
                "CPKCS11", "CardCryptography",
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: strict
        ),

        // YAML files whose faults are all reported.
        .target(
            name: "YAMLFiles",
            dependencies: [.product(name: "Yams", package: "Yams")],
            swiftSettings: strict
        ),
        // Dialects from YAML; apart from the codec, which depends on nothing.
        .target(
            name: "DialectFiles",
            dependencies: ["ISO8583", "YAMLFiles"],
            swiftSettings: strict
        ),

        // A card network for an issuer to be tried with; knows nothing of this one.
        .target(
            name: "NetworkSimulator",
            dependencies: [
                "CLibCrypto", "DialectFiles", "ISO8583", "YAMLFiles",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),

        // Lanes and use cases, over ports.
        .target(
            name: "AuthorizationEngine",
            dependencies: [
                "AuthorizationCore", "CardCryptography",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),

        // Stores.
        .target(
            name: "PostgresLedger",
            dependencies: [
                "AuthorizationCore", "AuthorizationEngine", "CardCryptography", "CLibPQ",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),

        .target(
            name: "RedisCache",
            dependencies: [
                "AuthorizationCore", "AuthorizationEngine", "CardCryptography", "CHiredis",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),

        // Doors.
        .target(
            name: "CardNetwork",
            dependencies: [
                "AuthorizationCore", "AuthorizationEngine", "CardCryptography", "ISO8583",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "HTTPAPI",
            dependencies: [
                "AuthorizationCore", "AuthorizationEngine", "CardCryptography", "ISO8583",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),

        // To the receivers of events.
        .target(
            name: "Webhooks",
            dependencies: [
                "AuthorizationCore", "AuthorizationEngine",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),

        // Composition root and executable.
        .target(
            name: "Service",
            dependencies: [
                "AuthorizationCore", "AuthorizationEngine", "CLinux", "CardCalculator", "CardCryptography",
                "CardNetwork", "DialectFiles", "HTTPAPI", "ISO8583", "NetworkSimulator", "PKCS11", "PostgresLedger",
                "RedisCache", "Webhooks", "YAMLFiles",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "aval",
            dependencies: ["Service", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: strict
        ),

        .executableTarget(
            name: "aval-load",
            dependencies: [
                "CardCryptography", "CodecMutations", "ISO8583",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "LoadTests/aval-load",
            swiftSettings: strict
        ),

        // Tests. `make test` gives them their stores; TestSupport makes a database for each test that wants one.
        .target(name: "TestSeed", path: "Tests/TestSeed", swiftSettings: strict),
        .target(name: "ChildProcess", dependencies: ["CLinux"], path: "Tests/ChildProcess", swiftSettings: strict),
        .target(
            name: "CodecMutations",
            dependencies: ["ISO8583"],
            path: "Tests/CodecMutations",
            swiftSettings: strict
        ),
        .target(
            name: "TestSupport",
            dependencies: [
                "AuthorizationCore", "AuthorizationEngine", "CardCryptography", "ChildProcess", "PostgresLedger",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        // A token that tests take away and put back.
        .target(name: "LosableToken", dependencies: ["CPKCS11"], path: "Tests/LosableToken"),

        .testTarget(
            name: "AuthorizationCoreTests",
            dependencies: ["AuthorizationCore", "TestSeed"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CardCryptographyTests",
            dependencies: ["AuthorizationCore", "CardCalculator", "CardCryptography", "ChildProcess", "TestSeed"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "PKCS11Tests",
            dependencies: ["CPKCS11", "CardCalculator", "CardCryptography", "ChildProcess", "ISO8583", "PKCS11"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "AuthorizationEngineTests",
            dependencies: ["AuthorizationCore", "AuthorizationEngine", "CardCryptography", "TestSeed"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ISO8583Tests",
            dependencies: ["AuthorizationCore", "CodecMutations", "DialectFiles", "ISO8583", "TestSeed", "YAMLFiles"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CardNetworkTests",
            dependencies: [
                "AuthorizationCore", "AuthorizationEngine", "CardCryptography", "CardNetwork", "CodecMutations",
                "ISO8583", "TestSeed",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "HTTPAPITests",
            dependencies: [
                "AuthorizationCore", "AuthorizationEngine", "CardCryptography", "CardNetwork", "HTTPAPI", "TestSupport",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "PostgresLedgerTests",
            dependencies: [
                "AuthorizationCore", "AuthorizationEngine", "CardCryptography", "PostgresLedger", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "RedisCacheTests",
            dependencies: [
                "AuthorizationCore", "AuthorizationEngine", "CardCryptography", "PostgresLedger", "RedisCache",
                "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "NetworkSimulatorTests",
            dependencies: [
                "ISO8583", "NetworkSimulator", "YAMLFiles",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "WebhooksTests",
            dependencies: ["AuthorizationCore", "AuthorizationEngine", "CardCryptography", "TestSupport", "Webhooks"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ServiceTests",
            dependencies: [
                "AuthorizationCore", "AuthorizationEngine", "CLinux", "CardCryptography", "CardNetwork", "ISO8583",
                "Service", "YAMLFiles",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "AuthorizationCore", "AuthorizationEngine", "CardCryptography", "ChildProcess", "ISO8583",
                "PostgresLedger", "TestSupport",
            ],
            swiftSettings: strict
        ),
    ]
)
