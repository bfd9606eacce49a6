// swift-tools-version: 6.0
// The package as it is built from this repository, against the library that cargo built: `cargo xtask swift` puts the generated sources
// in their place and runs the tests. An app takes the released package instead: Package.release.swift.

import PackageDescription

// The generated sources, the quick start's snippets; not committed.
let generated = "target/generated"
let library = Context.environment["CITIZEN_WALLET_LIBRARY"] ?? "../target/debug"

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    // What a library for a developer's machine has and a phone's need not: see the features of bindings/ffi.
    .define("DESKTOP"),
    .define("SCAN"),
    .define("PREVIEW"),
]

let package = Package(
    name: "CitizenWallet",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [.library(name: "CitizenWallet", targets: ["CitizenWallet"])],
    targets: [
        .systemLibrary(name: "citizen_walletFFI", path: "\(generated)/citizen_walletFFI"),
        .systemLibrary(name: "citizen_wallet_ffiFFI", path: "\(generated)/citizen_wallet_ffiFFI"),
        .target(
            name: "CitizenWalletFFI",
            dependencies: ["citizen_walletFFI", "citizen_wallet_ffiFFI"],
            path: "\(generated)/CitizenWalletFFI",
            // In language mode 6 the generated code crashes the compiler of Swift 6.0.3.
            swiftSettings: [.swiftLanguageMode(.v5)],
            linkerSettings: [
                .unsafeFlags(["-L\(library)", "-Xlinker", "-rpath", "-Xlinker", library]),
                .linkedLibrary("citizen_wallet_ffi"),
            ]
        ),
        .target(
            name: "CitizenWallet", dependencies: ["CitizenWalletFFI"],
            // For Apple's store: the released package has it.
            exclude: ["PrivacyInfo.xcprivacy"],
            swiftSettings: strict),

        .executableTarget(
            name: "pay-from-swift", dependencies: ["CitizenWallet"], path: "Samples/PayFromSwift",
            swiftSettings: strict),
        .target(
            name: "Snippets", dependencies: ["CitizenWallet"], path: "\(generated)/Snippets", swiftSettings: strict),

        .target(
            name: "CitizenContract", dependencies: ["CitizenWallet", "CitizenWalletFFI"], path: "Contract",
            swiftSettings: strict),
        .executableTarget(
            name: "contract-phone", dependencies: ["CitizenContract"], path: "Tests/ContractPhone",
            swiftSettings: strict),
        .testTarget(
            name: "CitizenWalletTests",
            dependencies: ["CitizenWallet", "CitizenWalletFFI", "CitizenContract", "Snippets"],
            swiftSettings: strict),
    ]
)
