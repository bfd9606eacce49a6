// swift-tools-version: 6.0
// The package as it is built from this repository, against the library that cargo built.
// An app takes the released one: Package.release.swift.

import Foundation
import PackageDescription

// Written by `cargo xtask swift`: the generated sources, and what they find in the library.
let generated = "target/generated"
let library = Context.environment["CITIZEN_WALLET_LIBRARY"] ?? "../target/debug"

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    // What a library for a developer's machine has and a phone's need not: see the features of bindings/ffi.
    .define("DESKTOP"),
    .define("SCAN"),
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
            linkerSettings: [.unsafeFlags(["-L\(library)"]), .linkedLibrary("citizen_wallet_ffi")]
        ),
        .target(name: "CitizenWallet", dependencies: ["CitizenWalletFFI"], swiftSettings: strict),
    ]
)
