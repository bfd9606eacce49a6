#if canImport(SwiftUI)
import CitizenWallet
import SwiftUI

/// The way from a closed app to the home screen: the PIN, the account if there is none yet, and the PIN again whenever the wallet has locked itself.
struct RootScreen: View {
    @Binding var link: WalletLink?

    @Environment(\.scenePhase) private var phase
    @State private var wallet: (any Wallet)?
    @State private var stage = Stage.locked

    private enum Stage {
        case locked
        case withoutAccount
        case home
    }

    var body: some View {
        Group {
            if let wallet {
                switch stage {
                case .locked: PinScreen(enter: enter)
                case .withoutAccount: OpeningScreen(wallet: wallet) { stage = .home }
                case .home: HomeScreen(wallet: wallet, link: $link)
                }
            } else {
                PinScreen(enter: enter)
            }
        }
        // The app switcher keeps a picture of what stands here.
        .overlay { if phase != .active { Rectangle().fill(.background).ignoresSafeArea() } }
        .onChange(of: phase) { _, now in
            if now == .active { Task { await lockIfIdle() } }
        }
        .task {
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(15))
                await lockIfIdle()
            }
        }
    }

    private func enter(_ pin: Secret) async throws {
        if let wallet {
            try await wallet.unlock(pin)
        } else {
            wallet = try await Self.open(pin)
        }
        guard let wallet else { return }
        do throws(WalletError) {
            _ = try await wallet.account()
            stage = .home
        } catch WalletError.Invalid(reason: "account-missing") {
            // A new wallet, or the app was stopped before its account was open: either way a new code is written down.
            stage = .withoutAccount
        }
    }

    private func lockIfIdle() async {
        guard let wallet, stage != .locked else { return }
        if (try? await wallet.lockIfIdle()) == true { stage = .locked }
    }

    private static func open(_ pin: Secret) async throws -> any Wallet {
        let folder = URL.applicationSupportDirectory.appending(path: "citizen-wallet")
        guard let address = URL(string: "http://127.0.0.1:8080"),
            let trust = Bundle.main.url(forResource: "city", withExtension: "json")
        else { throw CocoaError(.fileNoSuchFile) }
        var config = WalletConfig(in: folder, city: try City(address, trustFile: trust))
        // Info.plist has it of WalletApp.xcconfig.
        config.returnAddress = Bundle.main.object(forInfoDictionaryKey: "ReturnAddress") as? String
        if FileManager.default.fileExists(atPath: config.store.path) {
            return try await CitizenWallet.open(config, pin: pin)
        }
        return try await CitizenWallet.create(config, pin: pin)
    }
}
#endif
