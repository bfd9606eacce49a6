// swift-tools-version: 6.0
// What a release has as its Package.swift. NOT BUILT HERE: the XCFramework needs macOS and Xcode (`cargo xtask package ios`). At a release its
// zip is uploaded, its checksum is written below (`swift package compute-checksum`), and the generated sources lie under Generated/.

import PackageDescription

let package = Package(
    name: "CitizenWallet",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [.library(name: "CitizenWallet", targets: ["CitizenWallet"])],
    targets: [
        // The library for phone and simulators, with the modules citizen_walletFFI and citizen_wallet_ffiFFI.
        .binaryTarget(
            name: "CitizenWalletLibrary",
            url: "https://releases.example/citizen-wallet/VERSION/CitizenWalletFFI.xcframework.zip",
            checksum: "CHECKSUM"
        ),
        .target(
            name: "CitizenWalletFFI",
            dependencies: ["CitizenWalletLibrary"],
            path: "Generated/CitizenWalletFFI",
            swiftSettings: [.swiftLanguageMode(.v5)]
        ),
        // Without keys in files, codes in pictures and previews: a phone's library has none of them.
        .target(
            name: "CitizenWallet",
            dependencies: ["CitizenWalletFFI"],
            path: "Sources/CitizenWallet",
            swiftSettings: [.swiftLanguageMode(.v6)]
        ),
    ]
)
