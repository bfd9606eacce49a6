#if canImport(SwiftUI)
import CitizenWallet
import SwiftUI

/// The recovery code, written down and typed again; then the account. Stopped anywhere, it begins anew with another code: it opens one account or none.
///
/// It is drawn a letter at a time, with no string of the whole. What is typed is one while the field has it: SwiftUI has no field without a text. A
/// `SecureField` it is, whose letters are drawn as dots and no keyboard learns, emptied before anything is asked.
struct OpeningScreen: View {
    let wallet: any Wallet
    let opened: () -> Void

    @State private var code: Secret?
    @State private var isWritten = false
    @State private var typed = ""
    @State private var name = ""
    @State private var isBusy = false
    @State private var isLost = false
    @State private var error: WalletError?

    var body: some View {
        Form {
            if let code, !isWritten {
                Section("종이에 적어 두세요 · Write this down") {
                    letters(of: code).privacySensitive()
                    Button("적었습니다 · Written down") { isWritten = true }
                }
            } else if code != nil {
                Section("적은 것을 입력하세요 · Type what was written") {
                    SecureField("복구 코드 · Recovery code", text: $typed)
                        .textInputAutocapitalization(.characters).autocorrectionDisabled().privacySensitive()
                    TextField("이름 · Name", text: $name)
                    Button("계좌 열기 · Open the account") { Task { await open() } }
                        .disabled(typed.isEmpty || name.isEmpty)
                    Button("다시 보기 · Show it again") { isWritten = false }
                }
            } else {
                ProgressView()
            }
            if let error { ErrorNote(error: error) {} }
            Button("휴대전화를 잃어버리셨나요? · Lost a phone?") { isLost = true }
        }
        .sheet(isPresented: $isLost) { NavigationStack { LostPhoneScreen(wallet: wallet) } }
        .disabled(isBusy)
        .task { await generate() }
    }

    private func letters(of code: Secret) -> some View {
        LazyVGrid(columns: Array(repeating: GridItem(spacing: 0), count: 12), spacing: 8) {
            ForEach(0..<code.count, id: \.self) { place in
                Text(code[place].map(String.init) ?? "").font(.title3.monospaced())
            }
        }
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
        var characters = Array(typed)
        typed = ""
        do throws(WalletError) {
            guard let again = Secret(consuming: &characters), again.reveal() == code?.reveal() else {
                throw WalletError.Invalid(reason: "recovery-code")
            }
            _ = try await wallet.openAccount(recoveryCode: again)
            _ = try await wallet.enrol(name)
            code?.clear()
            opened()
        } catch {
            // Offline: the same again, typed again. The opening lies in the outbox, and one account is opened.
            self.error = error.next == .nothing ? nil : error
        }
    }
}

#if PREVIEW
#Preview("a new wallet") { OpeningScreen(wallet: PreviewWallet(.empty)) {} }
#endif
#endif
