#if PREVIEW
import CitizenWalletFFI
import Foundation

// The card and credentials of a wallet for designing.
extension PreviewWallet {
    /// The code of an offer that is wrong; every other is right.
    public static let wrongCode = "000000"

    public func card() async throws(WalletError) -> CardView { try await answer(views.cards.card) }
    public func custody() async throws(WalletError) -> CustodyView { try await answer(views.cards.card.custody) }

    public func attest(challenge: Data) async throws(WalletError) -> Data? { try await answer(nil) }

    public func rotateCard() async throws(WalletError) -> CardView {
        try await unlessRefused(in: Self.account, views.cards.card)
    }

    public func freeze(recoveryCode: Secret) async throws(WalletError) -> Submission {
        Submission(view: try await answer(byRecovery(isDone: false)), wallet: self)
    }

    public func unfreeze(recoveryCode: Secret) async throws(WalletError) -> Submission {
        Submission(view: try await answer(byRecovery(isDone: false)), wallet: self)
    }

    /// What the recovery code has asked for, on its way or done.
    func byRecovery(isDone: Bool) -> SubmissionView {
        let text = isDone ? Message(ko: "끝났습니다.", en: "Done.") : Message(ko: "보냈습니다.", en: "Sent.")
        let seen = views.review.verified
        return SubmissionView(
            id: Self.byRecovery, kind: "freeze", state: isDone ? "done" : "sent", points: 0, approved: seen.time,
            verified: seen, certificate: nil, hint: nil, text: text, hasEnded: isDone)
    }

    static let byRecovery = String(repeating: "0", count: 64)

    public func objectToRecovery() async throws(WalletError) -> Submission {
        guard views.cards.card.custody.canObject else { throw .Refused(by: "ledger", reason: "no-recovery") }
        return try await refused()
    }

    public func reviewOffer(_ link: String) async throws(WalletError) -> OfferReview {
        OfferReview(view: try await answer(views.cards.offer), wallet: self, library: nil)
    }

    /// What an ordinary day brings.
    public func accept(_ review: OfferReview, code: Secret?) async throws(WalletError) -> [Credential] {
        let received = try await unlessRefused(
            in: Self.account.union([.offerUnknown]), CitizenWalletFFI.preview(state: .ordinary).views.cards.held)
        guard !review.needsBrowser else { throw .Invalid(reason: "browser-needed") }
        guard !review.needsCode || code.map({ $0.count > 0 }) == true else { throw .Invalid(reason: "transaction-code") }
        guard code?.reveal() != Data(Self.wrongCode.utf8) else { throw .Refused(by: "issuer", reason: "code-wrong") }
        return received.map { Credential(view: $0.credential, wallet: self) }
    }

    public func authorize(_ review: OfferReview) async throws(WalletError) -> AuthorizationView {
        let page = try await unlessRefused(in: Self.account.union([.offerUnknown]), views.cards.authorization)
        guard let page else { throw .Invalid(reason: "offer-kind") }
        return page
    }

    public func pendingAuthorization() async throws(WalletError) -> AuthorizationView? {
        try await answer(views.cards.authorization)
    }

    /// What an ordinary day brings, where a sign-in waits.
    public func completeAuthorization(_ link: String) async throws(WalletError) -> [Credential] {
        let received = try await unlessRefused(
            in: Self.account.union([.offerUnknown]), CitizenWalletFFI.preview(state: .ordinary).views.cards.held)
        guard views.cards.authorization != nil else { throw .Invalid(reason: "authorization-unknown") }
        return received.map { Credential(view: $0.credential, wallet: self) }
    }

    public func cancelAuthorization() async throws(WalletError) { _ = try await answer(()) }

    public func credentials() async throws(WalletError) -> [Credential] {
        try await answer(views.cards.held).map { Credential(view: $0.credential, wallet: self) }
    }

    public func refreshCredentials() async throws(WalletError) -> [Credential] { try await credentials() }

    public func detail(of credential: CredentialId) async throws(WalletError) -> CredentialDetailView {
        let held = try await found(
            views.cards.held.first { $0.credential.id == credential }, or: "credential-unknown")
        guard held.credential.state != "unproved" else { throw .Unverified(what: "registry", origin: "phone") }
        return held
    }

    public func forget(credential: CredentialId) async throws(WalletError) { _ = try await answer(()) }

    public func reviewPresentation(_ link: String) async throws(WalletError) -> PresentationReview {
        let request = try await answer(views.cards.request)
        return PresentationReview(view: request, suggested: Self.least(of: request), wallet: self, library: nil)
    }

    public func present(
        _ review: PresentationReview, picks: [PresentationPick], insist: Bool
    ) async throws(WalletError) -> PresentedView {
        let presented = try await unlessRefused(
            in: Self.account.union([.requestUnknown, .requestBeyond]), views.cards.presented)
        let isAskedFor = { (pick: PresentationPick) in
            review.asked.contains { part in
                part.showable.contains { own in own.combinations.contains { part.pick(own, $0) == pick } }
            }
        }
        let isNothing = picks.isEmpty && !review.view.isSignInAlone
        guard review.canPresent, !isNothing, picks.allSatisfy(isAskedFor) else {
            throw .Invalid(reason: "selection")
        }
        return presented
    }

    public func decline(_ review: PresentationReview) async throws(WalletError) { _ = try await answer(()) }
    public func credentialLog() async throws(WalletError) -> [CredentialEventView] { try await answer(views.cards.log) }

    public func pendingCredentials() async throws(WalletError) -> [PendingCredentialView] {
        try await answer(views.cards.pending)
    }

    public func forget(pending: IssuanceId) async throws(WalletError) {
        _ = try await found(views.cards.pending.first { $0.id == pending }, or: "issuance-unknown")
    }

    public func services() async throws(WalletError) -> [Service] {
        try await answer(views.cards.services).map { Service(view: $0, wallet: self) }
    }

    public func forget(service: ServiceId) async throws(WalletError) {
        _ = try await found(views.cards.services.first { $0.id == service }, or: "service-unknown")
    }

    public var knownServices: Steps<[ServiceView]> { once(views.cards.services) }
    public var heldCredentials: Steps<[CredentialView]> { once(views.cards.held.map(\.credential)) }
    public var credentialEvents: Steps<[CredentialEventView]> { once(views.cards.log) }

    /// The states in which nothing is done with the account.
    static let account: Set<PreviewState> = [
        .stale, .fenced, .frozen, .recovering, .recoveryObjected, .recoveryUpheld, .recoveryReady,
    ]

    /// Of each part that cannot be left out the first of the first; nothing if one has none.
    private static func least(of request: PresentationReviewView) -> [PresentationPick]? {
        var picks: [PresentationPick] = []
        for part in request.asked where !part.isOptional {
            guard let own = part.showable.first, let combination = own.combinations.first else { return nil }
            picks.append(part.pick(own, combination))
        }
        return picks
    }
}
#endif
