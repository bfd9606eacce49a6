#if canImport(SwiftUI)
import CitizenWallet
import SwiftUI

/// The app: one wallet for all screens.
@main
struct WalletApp: App {
    @State private var link: WalletLink?

    var body: some Scene {
        WindowGroup {
            RootScreen(link: $link).onOpenURL { link = openLink($0.absoluteString) }
        }
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
