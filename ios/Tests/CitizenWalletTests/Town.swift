import CitizenContract
import CitizenWallet
import Foundation

/// The programs and files that the tests are run with.
enum Given {
    static let stage = path("STAGE_PROGRAM")
    static let city = path("CITY_PROGRAM")
    static let sample = path("SAMPLE_PROGRAM")
    static let phone = path("CONTRACT_PHONE")
    static let cases = URL(fileURLWithPath: path("CONTRACT_CASES"))
    static let codes = URL(fileURLWithPath: path("CITY_CODES"))

    private static func path(_ name: String) -> String {
        guard let value = ProcessInfo.processInfo.environment[name] else {
            fatalError("\(name) is not set: run the tests by `cargo xtask swift`")
        }
        return value
    }
}

/// A folder that goes with whoever holds it.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("citizen-wallet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }
}

/// A city, started for a suite, and the phones in it.
final class Town: Sendable {
    static let pin = "294857"

    let stage: Stage
    let city: City
    let folder: TemporaryFolder

    /// The city that the tests share; each has citizens of its own.
    static func shared() async throws -> Town {
        try await town.value
    }

    private static let town = Task { try await Town() }

    init() async throws {
        folder = try TemporaryFolder()
        stage = try await Stage(Given.stage, folder: folder.url.appendingPathComponent("city"))
        city = await City(stage.url, trust: .file(stage.trust))
    }

    /// Where a phone of this name keeps its wallet: the keys in a file, the library's own transport.
    func config(_ phone: String) -> WalletConfig {
        WalletConfig(in: folder.url.appendingPathComponent(phone), city: city)
    }

    /// A phone with the app's own key store and transport.
    func config(_ phone: String, finger: Finger, net: Net) -> WalletConfig {
        let store = folder.url.appendingPathComponent(phone).appendingPathComponent("wallet.sqlite")
        return WalletConfig(store: store, keys: .platform(finger), city: city, transport: net)
    }

    func finger(_ phone: String) throws -> Finger {
        let folder = folder.url.appendingPathComponent("\(phone)-keys")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return Finger(folder.appendingPathComponent("keys"))
    }

    /// A wallet with an account, a bank, 10,000 points and 100,000 won.
    func citizen(_ name: String, _ config: WalletConfig) async throws -> CitizenWallet {
        let wallet = try await CitizenWallet.create(config, pin: Secret(typed: Self.pin))
        _ = try await wallet.openAccount(recoveryCode: try await wallet.generateRecoveryCode())
        _ = try await wallet.enrol(name)
        _ = try await wallet.earn(programme: "eco", evidence: "eco-2026-h1")
        return wallet
    }

    /// A code that can be scanned: `bakery`, `till`.
    func code(of shop: String) async throws -> String {
        let told = try await stage.perform("city.code", ["shop": shop])
        guard let code = told["code"] else { throw Broken("no code") }
        return code
    }
}

extension Wallet {
    /// Scans, reviews, approves: so many won in all, so much of it in points.
    func approve(_ code: String, _ amount: UInt64, points: UInt64) async throws(WalletError) -> Payment {
        let scanned = try await scan(code)
        return try await reviewPayment(of: scanned, amount: .won(amount), coins: .points(points)).approve()
    }

    /// Points, and won by the bank's word.
    func funds() async throws(WalletError) -> [UInt64] {
        let balance = try await balance()
        return [balance.points.points, balance.won?.krw ?? 0]
    }
}
