#if canImport(SwiftUI)
import CitizenWallet
import SwiftUI

/// Points by proof, won by the bank's word; each with its mark.
struct HomeScreen: View {
    let wallet: any Wallet
    @Binding var link: WalletLink?

    @State private var balance: BalanceView?
    @State private var error: WalletError?
    @State private var isScanning = false
    @State private var isAsked = false

    var body: some View {
        NavigationStack {
            List {
                if let balance { numbers(balance) } else { ProgressView() }
                if let error { ErrorNote(error: error) { Task { await watch() } } }
                Button("QR 결제 · Pay") { isScanning = true }
                NavigationLink("투표 · Polls") { PollsScreen(wallet: wallet) }
                NavigationLink("시민카드 · Citizen card") { CardsScreen(wallet: wallet) }
                NavigationLink("잃어버린 휴대전화 · A lost phone") { LostPhoneScreen(wallet: wallet) }
            }
            .navigationTitle("시민지갑 · Citizen Wallet")
            .navigationDestination(isPresented: $isScanning) { ScanScreen(wallet: wallet, link: $link) }
            .navigationDestination(isPresented: $isAsked) { asked }
        }
        .task { await watch() }
        // What was there when the app began is followed like what comes later.
        .onChange(of: link, initial: true) { _, link in
            switch link {
            case .paymentCode?: isScanning = true
            case .credentialOffer?, .presentation?, .authorizationReturn?: isAsked = true
            default: break
            }
        }
    }

    /// An offer of a credential, or a request for one, that a link has brought.
    @ViewBuilder private var asked: some View {
        switch link {
        case .credentialOffer(let text)?: OfferScreen(wallet: wallet, link: text)
        case .presentation(let text)?: RequestScreen(wallet: wallet, link: text)
        case .authorizationReturn(let text)?: ReturnScreen(wallet: wallet, link: text)
        default: EmptyView()
        }
    }

    @ViewBuilder private func numbers(_ balance: BalanceView) -> some View {
        let points = balance.points
        VStack(alignment: .leading) {
            Text(Points(points.points).text(.current)).font(.largeTitle)
            if points.freshness == .fresh {
                Label(
                    "\(points.verified.signers)/\(points.verified.validators) · #\(points.verified.height)",
                    systemImage: "checkmark.seal")
            } else {
                Label(Date(seconds: points.verified.time).formatted(), systemImage: "clock")
            }
        }
        .foregroundStyle(points.freshness == .fresh ? .primary : .secondary)
        .accessibilityLabel(points.spoken.text(.current))
        if let won = balance.won {
            Text(Won(won.krw).text(.current)).accessibilityLabel(won.spoken.text(.current))
        }
    }

    private func watch() async {
        error = nil
        do throws(WalletError) {
            try await wallet.sync()
        } catch {
            self.error = error.next == .nothing ? nil : error
        }
        do throws(WalletError) {
            for try await balance in wallet.balances { self.balance = balance }
        } catch {
            self.error = error
        }
    }
}

#if PREVIEW
#Preview("ordinary") { HomeScreen(wallet: PreviewWallet(), link: .constant(nil)) }
#Preview("stale") { HomeScreen(wallet: PreviewWallet(.stale), link: .constant(nil)) }
#Preview("empty") { HomeScreen(wallet: PreviewWallet(.empty), link: .constant(nil)) }
#endif
#endif
