#if canImport(SwiftUI)
import CitizenWallet
import SwiftUI

/// The steps of a payment, then its receipt. Leaving the screen stops nothing.
struct PaymentScreen: View {
    let payment: Payment

    @State private var view: PaymentView?
    @State private var receipt: ReceiptFile?
    @State private var error: WalletError?

    var body: some View {
        List {
            Text((view ?? payment.view).text.text(.current)).font(.title2)
            if let receipt {
                LabeledContent("가맹점 · Merchant", value: receipt.view.merchant)
                LabeledContent("블록 · Block", value: "\(receipt.view.verified.height)")
                LabeledContent("서명 · Signers", value: "\(receipt.view.verified.signers)/\(receipt.view.verified.validators)")
                ShareLink(item: receipt.file, preview: SharePreview("receipt"))
            }
            // Being checked is no failure: it ends by itself.
            if let error { ErrorNote(error: error) { Task { await follow() } } }
        }
        .task { await follow() }
    }

    private func follow() async {
        error = nil
        do throws(WalletError) {
            for try await state in payment.states { view = state }
            if view?.progress == .captured { receipt = try await payment.receipt() }
        } catch {
            self.error = error.next == .nothing ? nil : error
        }
    }
}
#endif
