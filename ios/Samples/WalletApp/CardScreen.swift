#if canImport(SwiftUI)
import CitizenWallet
import SwiftUI

/// The card, what she holds and what she waits for, and who saw what of it.
struct CardsScreen: View {
    let wallet: any Wallet

    @State private var card: CardView?
    @State private var held: [Credential] = []
    @State private var pending: [PendingCredentialView] = []
    @State private var log: [CredentialEventView] = []
    @State private var error: WalletError?

    var body: some View {
        List {
            if let card { Text(card.text.text(.current)) } else { ProgressView() }
            if let error { ErrorNote(error: error) { Task { await look() } } }
            ForEach(held) { one($0) }
            if !pending.isEmpty {
                Section("기다리는 증명서 · Awaited") {
                    ForEach(pending, id: \.id) { awaited($0) }
                }
            }
            Section("누가 보았나 · Who saw what") {
                ForEach(log.reversed(), id: \.self) { Text($0.text.text(.current)).font(.footnote) }
            }
        }
        .navigationTitle("시민카드 · Citizen card")
        .task { await look() }
    }

    /// One that does not count, and a status that nobody has looked at lately, look different: an old one is not refused here, but may be where it is
    /// shown.
    private func one(_ credential: Credential) -> some View {
        let isOld = ["stale", "unknown"].contains(credential.status.state)
        return VStack(alignment: .leading) {
            Text(credential.name.text(.current)).font(.headline)
            if let issuer = credential.issuer { Text(issuer.text(.current)) }
            Text(credential.text.text(.current)).font(.footnote)
                .foregroundStyle(credential.isShowable ? .primary : Color.red)
            Label(credential.status.text.text(.current), systemImage: isOld ? "clock.badge.exclamationmark" : "clock")
                .font(.caption).foregroundStyle(isOld ? Color.red : .secondary)
            if credential.needsRefill { Label("\(credential.copiesLeft)", systemImage: "arrow.clockwise") }
        }
    }

    /// Accepted, and not issued yet: the issuer takes days, or has not answered. It is fetched whenever this screen looks.
    private func awaited(_ pending: PendingCredentialView) -> some View {
        VStack(alignment: .leading) {
            Text(pending.issuer.text(.current)).font(.headline)
            Text(pending.text.text(.current)).font(.footnote)
            Button("기다리지 않기 · Wait no more", role: .destructive) { Task { await forget(pending) } }
        }
    }

    private func forget(_ awaited: PendingCredentialView) async {
        do throws(WalletError) {
            try await wallet.forget(pending: awaited.id)
            pending = try await wallet.pendingCredentials()
        } catch {
            self.error = error.next == .nothing ? nil : error
        }
    }

    private func look() async {
        error = nil
        do throws(WalletError) {
            held = try await wallet.credentials()
            pending = try await wallet.pendingCredentials()
            log = try await wallet.credentialLog()
            held = try await wallet.refreshCredentials()
            pending = try await wallet.pendingCredentials()
            card = try await wallet.card()
        } catch {
            self.error = error.next == .nothing ? nil : error
        }
    }
}

/// Who offers what, by the registry; the code comes by letter.
struct OfferScreen: View {
    let wallet: any Wallet
    let link: String

    @State private var offer: OfferReview?
    @State private var code = ""
    @State private var received: [Credential] = []
    @State private var error: WalletError?
    /// The issuer's page opens in the browser itself: a view of this app could read along.
    @Environment(\.openURL) private var openURL

    var body: some View {
        Form {
            if let offer { review(offer) } else if error == nil { ProgressView() }
            ForEach(received) { Label($0.text.text(.current), systemImage: "checkmark.seal") }
            if let error { ErrorNote(error: error) { Task { await look() } } }
        }
        .task { await look() }
    }

    @ViewBuilder private func review(_ offer: OfferReview) -> some View {
        Text(offer.text.text(.current))
        if offer.needsCode {
            if let hint = offer.codeHint { Text(hint).font(.footnote) }
            SecureField("확인 번호 · Code", text: $code)
        }
        Button("받기 · Accept") { Task { await accept(offer) } }
            .disabled(!offer.canAccept || (offer.needsCode && code.isEmpty) || !received.isEmpty)
    }

    private func look() async {
        error = nil
        do throws(WalletError) {
            offer = try await wallet.reviewOffer(link)
        } catch {
            self.error = error
        }
    }

    private func accept(_ offer: OfferReview) async {
        error = nil
        do throws(WalletError) {
            if offer.needsBrowser {
                if let page = URL(string: try await offer.authorize().address) { openURL(page) }
            } else {
                var characters = Array(code)
                code = ""
                received = try await offer.accept(code: Secret(consuming: &characters))
            }
        } catch {
            self.error = error.next == .nothing ? nil : error
        }
    }
}

/// The browser is back from the issuer's page.
struct ReturnScreen: View {
    let wallet: any Wallet
    let link: String

    @State private var received: [Credential] = []
    @State private var error: WalletError?

    var body: some View {
        Form {
            ForEach(received) { Label($0.text.text(.current), systemImage: "checkmark.seal") }
            if let error { ErrorNote(error: error) { Task { await take() } } } else if received.isEmpty { ProgressView() }
        }
        .task { await take() }
    }

    private func take() async {
        error = nil
        do throws(WalletError) {
            received = try await wallet.completeAuthorization(link)
        } catch {
            self.error = error
        }
    }
}

/// Who asks, what for, and each claim with its value. Nothing is shown before she taps.
struct RequestScreen: View {
    let wallet: any Wallet
    let link: String

    @State private var request: PresentationReview?
    @State private var told: Message?
    @State private var error: WalletError?

    var body: some View {
        List {
            if let told {
                Text(told.text(.current)).font(.title2)
            } else if let request {
                review(request)
            } else if error == nil {
                ProgressView()
            }
            if let error { ErrorNote(error: error) { Task { await look() } } }
        }
        .task { await look() }
    }

    @ViewBuilder private func review(_ request: PresentationReview) -> some View {
        Text(request.text.text(.current)).font(.title3)
        LabeledContent("주소 · Host", value: request.verifier.host)
        ForEach(request.purposes, id: \.self) { Text($0.text(.current)) }
        if let signIn = request.signIn { Label(signIn.text.text(.current), systemImage: "person.badge.key") }
        switch request.answer {
        case .possible(let picks):
            ForEach(shown(request, picks), id: \.self) { LabeledContent($0.path, value: $0.value) }
            Button(request.view.isSignInAlone ? "로그인 · Sign in" : "보여 주기 · Show") {
                Task { await present(request, picks) }
            }
        case .missing: Text("보여 줄 수 있는 증명서가 없습니다. · There is nothing to show.")
        case .beyond(let claims):
            Label(
                "등록부가 허락한 것보다 많습니다. · More than the registry allows: \(claims.joined(separator: ", "))",
                systemImage: "hand.raised")
        case .stranger:
            Label("등록되지 않은 곳입니다. · Not in the registry.", systemImage: "exclamationmark.triangle")
        }
        Button("거절하기 · Decline", role: .cancel) { Task { await decline(request) } }
    }

    /// What would be seen: the claims that are picked, and those that are shown beside them.
    private func shown(_ request: PresentationReview, _ picks: [PresentationPick]) -> [ClaimView] {
        picks.flatMap { pick -> [ClaimView] in
            let part = request.asked.first { $0.query == pick.query }
            guard let own = part?.showable.first(where: { $0.credential == pick.credential }) else { return [] }
            return (own.combinations.first { $0.map(\.path) == pick.claims } ?? []) + own.open
        }
    }

    private func look() async {
        error = nil
        do throws(WalletError) {
            request = try await wallet.reviewPresentation(link)
        } catch {
            self.error = error
        }
    }

    private func present(_ request: PresentationReview, _ picks: [PresentationPick]) async {
        error = nil
        do throws(WalletError) {
            told = try await request.present(picks).text
        } catch {
            self.error = error.next == .nothing ? nil : error
        }
    }

    private func decline(_ request: PresentationReview) async {
        do throws(WalletError) {
            try await request.decline()
            told = Message(ko: "아무것도 보여 주지 않았습니다.", en: "Nothing was shown.")
        } catch {
            self.error = error.next == .nothing ? nil : error
        }
    }
}

#if PREVIEW
#Preview("cards") { NavigationStack { CardsScreen(wallet: PreviewWallet()) } }
#Preview("awaited") { NavigationStack { CardsScreen(wallet: PreviewWallet(.issuancePending)) } }
#Preview("looked at days ago") { NavigationStack { CardsScreen(wallet: PreviewWallet(.cardFew)) } }
#Preview("never looked at") { NavigationStack { CardsScreen(wallet: PreviewWallet(.stale)) } }
#Preview("revoked") { NavigationStack { CardsScreen(wallet: PreviewWallet(.cardRevoked)) } }
#Preview("frozen") { NavigationStack { CardsScreen(wallet: PreviewWallet(.frozen)) } }
#Preview("offer") { OfferScreen(wallet: PreviewWallet(.empty), link: "") }
#Preview("request") { RequestScreen(wallet: PreviewWallet(), link: "") }
#Preview("a sign-in") { RequestScreen(wallet: PreviewWallet(.signInAgain), link: "") }
#Preview("a choice") { RequestScreen(wallet: PreviewWallet(.requestOptional), link: "") }
#Preview("too much") { RequestScreen(wallet: PreviewWallet(.requestBeyond), link: "") }
#Preview("a stranger") { RequestScreen(wallet: PreviewWallet(.requestUnknown), link: "") }
#endif
#endif
