#if canImport(SwiftUI)
import CitizenWallet
import SwiftUI

/// The app: one wallet for all screens.
@main
struct WalletApp: App {
    @State private var wallet: (any Wallet)?
    @State private var link: WalletLink?

    var body: some Scene {
        WindowGroup {
            if let wallet {
                HomeScreen(wallet: wallet, link: $link)
            } else {
                PinScreen { pin in wallet = try await Self.open(pin) }
            }
        }
        .onOpenURL { link = openLink($0.absoluteString) }
    }

    private static func open(_ pin: Secret) async throws -> any Wallet {
        let folder = URL.applicationSupportDirectory.appending(path: "citizen-wallet")
        guard let address = URL(string: "https://wallet.example"),
            let trust = Bundle.main.url(forResource: "city", withExtension: "json")
        else { throw CocoaError(.fileNoSuchFile) }
        let config = WalletConfig(in: folder, city: try City(address, trustFile: trust))
        if FileManager.default.fileExists(atPath: config.store.path) {
            return try await CitizenWallet.open(config, pin: pin)
        }
        return try await CitizenWallet.create(config, pin: pin)
    }
}

/// An error as a screen shows it: its sentence, and what the citizen can do.
struct ErrorNote: View {
    let error: WalletError
    let again: () -> Void

    var body: some View {
        VStack(alignment: .leading, spacing: 8) {
            Label(error.text(.current), systemImage: "exclamationmark.triangle")
            if error.next == .tryAgain { Button("다시 시도 · Try again", action: again) }
        }
        .accessibilityElement(children: .combine)
    }
}

extension Language {
    /// Korean for whoever reads Korean, English for everybody else.
    static var current: Language {
        Locale.current.language.languageCode == .korean ? .korean : .english
    }
}
#endif
