#if canImport(SwiftUI)
import CitizenWallet
import SwiftUI

/// The recovery code, written down and typed again; then the account. Stopped anywhere, it begins anew with another code: it opens one account or none.
struct OpeningScreen: View {
    let wallet: any Wallet
    let opened: () -> Void

    @State private var code: Secret?
    @State private var isWritten = false
    @State private var typed = ""
    @State private var name = ""
    @State private var isBusy = false
    @State private var error: WalletError?

    var body: some View {
        Form {
            if let code, !isWritten {
                Section("종이에 적어 두세요 · Write this down") {
                    Text(characters(of: code)).font(.title2.monospaced()).privacySensitive()
                    Button("적었습니다 · Written down") { isWritten = true }
                }
            } else if code != nil {
                Section("적은 것을 입력하세요 · Type what was written") {
                    TextField("복구 코드 · Recovery code", text: $typed)
                        .textInputAutocapitalization(.characters).autocorrectionDisabled()
                    TextField("이름 · Name", text: $name)
                    Button("계좌 열기 · Open the account") { Task { await open() } }
                        .disabled(typed.isEmpty || name.isEmpty)
                    Button("다시 보기 · Show it again") { isWritten = false }
                }
            } else {
                ProgressView()
            }
            if let error { ErrorNote(error: error) { Task { await open() } } }
        }
        .disabled(isBusy)
        .task { await generate() }
    }

    /// As it is drawn: a piece at a time, here all of them.
    private func characters(of code: Secret) -> String {
        String((0..<code.count).compactMap { code[$0] })
    }

    private func generate() async {
        guard code == nil else { return }
        do throws(WalletError) {
            code = try await wallet.generateRecoveryCode()
        } catch {
            self.error = error
        }
    }

    /// A typing error is found by the code itself; another code than the one that was shown opens nothing.
    private func open() async {
        isBusy = true
        defer { isBusy = false }
        error = nil
        do throws(WalletError) {
            var characters = Array(typed)
            guard let again = Secret(consuming: &characters), again.reveal() == code?.reveal() else {
                throw WalletError.Invalid(reason: "recovery-code")
            }
            _ = try await wallet.openAccount(recoveryCode: again)
            _ = try await wallet.enrol(name)
            code?.clear()
            typed = ""
            opened()
        } catch {
            // Offline: the same again. The opening lies in the outbox, and one account is opened.
            self.error = error.next == .nothing ? nil : error
        }
    }
}

#if PREVIEW
#Preview("a new wallet") { OpeningScreen(wallet: PreviewWallet(.empty)) {} }
#endif
#endif
