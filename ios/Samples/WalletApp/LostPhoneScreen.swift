#if canImport(SwiftUI)
import CitizenWallet
import SwiftUI

/// A lost phone's account stopped with its own recovery code, from its paper. It works from any wallet: a new phone's before it has an account, a friend's.
struct LostPhoneScreen: View {
    let wallet: any Wallet

    @State private var typed = ""
    @State private var told: Message?
    @State private var isBusy = false
    @State private var error: WalletError?

    var body: some View {
        Form {
            if let told {
                Label(told.text(.current), systemImage: "hand.raised")
            } else {
                Section {
                    SecureField("그 휴대전화의 복구 코드 · Its recovery code", text: $typed)
                        .textInputAutocapitalization(.characters).autocorrectionDisabled().privacySensitive()
                    Button("계정 멈추기 · Freeze the account", role: .destructive) { Task { await freeze() } }
                        .disabled(typed.isEmpty)
                } footer: {
                    Text("아무도 그 계정으로 결제하거나 보여 줄 수 없고, 같은 코드로 다시 엽니다. · Nobody pays or shows anything with it; the same code opens it again.")
                }
            }
            if isBusy { ProgressView() }
            if let error { ErrorNote(error: error) {} }
        }
        .disabled(isBusy)
        .navigationTitle("잃어버린 휴대전화 · A lost phone")
    }

    /// Nothing is stopped before the ledger says so: whoever gave up waiting can do it again.
    private func freeze() async {
        isBusy = true
        defer { isBusy = false }
        error = nil
        var characters = Array(typed)
        typed = ""
        do throws(WalletError) {
            guard let code = Secret(consuming: &characters) else { throw WalletError.Invalid(reason: "recovery-code") }
            told = try await wallet.freeze(recoveryCode: code).follow().text
        } catch {
            self.error = error.next == .nothing ? nil : error
        }
    }
}

#if PREVIEW
#Preview("a lost phone") { NavigationStack { LostPhoneScreen(wallet: PreviewWallet(.empty)) } }
#endif
#endif
