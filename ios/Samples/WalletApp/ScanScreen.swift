#if canImport(SwiftUI)
import CitizenWallet
import SwiftUI

/// A code's text, from the camera, a link or the hand; then whose it is, by the centre's signed word.
struct ScanScreen: View {
    let wallet: any Wallet
    @Binding var link: WalletLink?

    @State private var text = ""
    @State private var amount = ""
    @State private var code: ScannedCode?
    @State private var review: PaymentReview?
    @State private var error: WalletError?

    var body: some View {
        Form {
            #if os(iOS)
            if code == nil {
                CameraScan { found in
                    text = found
                    Task { await scan() }
                }
                .frame(height: 260)
            }
            #endif
            TextField("코드 · Code", text: $text)
            Button("확인 · Read") { Task { await scan() } }
            if let code {
                LabeledContent("가맹점 · Merchant", value: code.merchant.name ?? "–")
                if code.merchant.amount == nil {
                    TextField("금액 · Amount (원)", text: $amount)
                }
                Button("다음 · Next") { Task { await plan(code) } }.disabled(!code.isUsable)
            }
            if let error { ErrorNote(error: error) { Task { await scan() } } }
        }
        .navigationDestination(item: $review) { ReviewScreen(review: $0) }
        .task {
            if case .paymentCode(let text, _, _)? = link {
                link = nil
                self.text = text
                await scan()
            }
        }
    }

    private func scan() async {
        error = nil
        do throws(WalletError) {
            code = try await wallet.scan(text)
        } catch {
            self.error = error
        }
    }

    private func plan(_ code: ScannedCode) async {
        error = nil
        do throws(WalletError) {
            review = try await wallet.reviewPayment(of: code, amount: UInt64(amount).map { .won($0) })
        } catch {
            self.error = error
        }
    }
}
#endif
