#if canImport(SwiftUI)
import CitizenWallet
import SwiftUI

/// What will happen. Nothing has happened yet.
struct ReviewScreen: View {
    let review: PaymentReview

    @State private var payment: Payment?
    @State private var isBusy = false
    @State private var error: WalletError?

    var body: some View {
        List {
            LabeledContent("가맹점 · Merchant", value: review.merchant)
            LabeledContent("포인트 · Points", value: Points(review.points).text(.current))
            LabeledContent("원화 · Won", value: Won(review.krw).text(.current))
            LabeledContent("수수료 · Fee", value: Won(review.fee).text(.current))
            if let card = review.card { Label(card.text.text(.current), systemImage: "person.text.rectangle") }
            if let error { ErrorNote(error: error) {} }
            Button("결제 승인 · Approve") { Task { await approve() } }.disabled(isBusy)
        }
        .accessibilityLabel(review.spoken.text(.current))
        .navigationDestination(item: $payment) { PaymentScreen(payment: $0) }
    }

    /// The finger is asked for by the key store, if the amount wants one.
    private func approve() async {
        isBusy = true
        defer { isBusy = false }
        do throws(WalletError) {
            payment = try await review.approve()
        } catch {
            self.error = error.next == .nothing ? nil : error
        }
    }
}
#endif
