// swift-tools-version: 6.0
// The Package.swift of the folder that `cargo xtask package ios` assembles: an app takes the folder as a local package, and a release is the
// folder as a repository. NOT BUILT HERE: the XCFramework needs macOS and Xcode.

import PackageDescription

let package = Package(
    name: "CitizenWallet",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [.library(name: "CitizenWallet", targets: ["CitizenWallet"])],
    targets: [
        // The library for phone and simulators, with the modules citizen_walletFFI and citizen_wallet_ffiFFI.
        .binaryTarget(
            name: "CitizenWalletLibrary",
            path: "CitizenWalletFFI.xcframework"
        ),
        .target(
            name: "CitizenWalletFFI",
            dependencies: ["CitizenWalletLibrary"],
            path: "Generated/CitizenWalletFFI",
            swiftSettings: [.swiftLanguageMode(.v5)]
        ),
        // Without keys in files and codes in pictures: a phone's library has neither. `--preview` adds the preview wallet.
        .target(
            name: "CitizenWallet",
            dependencies: ["CitizenWalletFFI"],
            path: "Sources/CitizenWallet",
            // Why the library looks at its files, as Apple asks of each library; it holds no code.
            resources: [.copy("PrivacyInfo.xcprivacy")],
            swiftSettings: [.swiftLanguageMode(.v6)]
        ),
    ]
)
