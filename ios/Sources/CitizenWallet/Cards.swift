import CitizenWalletFFI
import Foundation

/// An offer of a credential before she accepts it: nothing was received. Accepting takes what is in it, once.
@dynamicMemberLookup
public struct OfferReview: Sendable {
    /// What to show: who issues what, whether the registry proves it, and whether a code is asked for.
    public let view: OfferReviewView

    let wallet: any Wallet
    package let library: CitizenWalletFFI.OfferReview?

    /// What to show, piece by piece: `offer.issuer`.
    public subscript<Value>(dynamicMember piece: KeyPath<OfferReviewView, Value>) -> Value {
        view[keyPath: piece]
    }

    /// Takes what is offered. `code` is what she was sent by other means, if the view says that it is needed; after a wrong one the offer is
    /// read again. The key store makes a key for each copy. Cancelled, nothing is held; what the issuer
    /// has begun is awaited (``Wallet/pendingCredentials()``) until it is forgotten.
    @discardableResult
    public func accept(code: Secret? = nil) async throws(WalletError) -> [Credential] {
        try await wallet.accept(self, code: code)
    }

    /// Begins a sign-in at the issuer's page, if the view says that it needs the browser: open the address of the answer there. It comes back with
    /// a link for ``Wallet/completeAuthorization(_:)``, also to an app that was stopped in between. Once, as ``accept(code:)``.
    public func authorize() async throws(WalletError) -> AuthorizationView {
        try await wallet.authorize(self)
    }
}

/// A credential that this phone holds.
@dynamicMemberLookup
public struct Credential: Sendable, Identifiable {
    /// What it was when it was asked for.
    public let view: CredentialView

    let wallet: any Wallet

    /// What the wallet calls it.
    public var id: CredentialId {
        view.id
    }

    /// What it is, piece by piece: `credential.state`.
    public subscript<Value>(dynamicMember piece: KeyPath<CredentialView, Value>) -> Value {
        view[keyPath: piece]
    }

    /// Whether it can be shown: it counts, as far as this phone knows, and a copy is left.
    public var isShowable: Bool {
        ["valid", "unchecked"].contains(view.state) && view.copiesLeft > 0
    }

    /// All it says, without asking anybody. Nothing of it if its issuer could not be proved again.
    public func detail() async throws(WalletError) -> CredentialDetailView {
        try await wallet.detail(of: id)
    }

    /// Removes it with its keys. Its issuer hears nothing of it.
    public func forget() async throws(WalletError) {
        try await wallet.forget(credential: id)
    }
}

extension Credential: Hashable {
    /// The same credential of the same wallet, in the same state.
    public static func == (left: Credential, right: Credential) -> Bool {
        left.view == right.view && left.wallet === right.wallet
    }

    /// By what it shows.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(view)
    }
}

/// A request for credentials before she answers it: nothing was shown. Presenting or declining takes what is in it, once.
@dynamicMemberLookup
public struct PresentationReview: Sendable {
    /// What to show: who asks, what for, which claims, and what is optional.
    public let view: PresentationReviewView
    /// The least that would answer it; nothing if this wallet holds none of it. ``answer`` says whether it may be shown.
    public let suggested: [PresentationPick]?

    let wallet: any Wallet
    package let library: CitizenWalletFFI.PresentationReview?

    /// What to show, piece by piece: `request.verifier`.
    public subscript<Value>(dynamicMember piece: KeyPath<PresentationReviewView, Value>) -> Value {
        view[keyPath: piece]
    }

    /// What can be answered.
    public var answer: PresentationAnswer {
        guard view.verifier.isRegistered else { return .stranger }
        guard view.canPresent, let suggested else { return .missing }
        var beyond: [String] = []
        for claim in suggested.compactMap(showable).flatMap(\.beyond) where !beyond.contains(claim) {
            beyond.append(claim)
        }
        return beyond.isEmpty ? .possible(suggested) : .beyond(beyond)
    }

    /// Shows what was chosen and nothing else; the finger may be asked for here. Each copy that is shown is used up. Whom the registry does
    /// not have is shown nothing: `UnknownParty`. `insist` says that she was told that nobody knows who asks, and wants it all the same: it
    /// counts where the configuration lets her (`mayInsist`) and the view says `canInsist`, and stands in the log.
    @discardableResult
    public func present(
        _ picks: [PresentationPick], insist: Bool = false
    ) async throws(WalletError) -> PresentedView {
        try await wallet.present(self, picks: picks, insist: insist)
    }

    /// Shows nothing, and says so to whom the registry has; anybody else hears nothing.
    public func decline() async throws(WalletError) {
        try await wallet.decline(self)
    }

    private func showable(_ pick: PresentationPick) -> ShowableView? {
        view.asked.first { $0.query == pick.query }?.showable.first { $0.credential == pick.credential }
    }
}

/// What can be answered to a request: which buttons its screen has.
public enum PresentationAnswer: Hashable, Sendable {
    /// It can be shown, if she agrees: this is the least; ``AskedView`` makes other picks. Nothing of a card where she is asked to sign in
    /// and no more.
    case possible([PresentationPick])
    /// Whoever asks is not in the registry. Say so; nothing can be shown, and nobody hears that she declines.
    case stranger
    /// She holds nothing of what is asked for, or nothing that counts. Decline, or say where it is issued.
    case missing
    /// More is asked for than the registry lets the verifier see: these claims. Nothing can be shown; decline, and offer a report.
    case beyond([String])
}

extension AskedView {
    /// What she chooses for this part of a request: a credential, and one of the combinations that the verifier takes.
    public func pick(_ credential: ShowableView, _ combination: [ClaimView]) -> PresentationPick {
        PresentationPick(query: query, credential: credential.credential, claims: combination.map(\.path))
    }
}

extension CardView {
    /// Whether the ledger lists this phone's key and lets it be used: proved, never said.
    public var isActive: Bool {
        standing == "active"
    }
}

// The card: this phone's key, and in whose hands the account is.
extension CitizenWallet {
    public func card() async throws(WalletError) -> CardView {
        try await cancellable { try await self.library.card(cancel: $0) }
    }

    public func attest(challenge: Data) async throws(WalletError) -> Data? {
        try await cancellable { try await self.library.attest(challenge: challenge, cancel: $0) }
    }

    public func rotateCard() async throws(WalletError) -> CardView {
        try await cancellable { try await self.library.rotateCard(cancel: $0) }
    }

    public func custody() async throws(WalletError) -> CustodyView {
        try await cancellable { try await self.library.custody(cancel: $0) }
    }

    public func freeze(recoveryCode: Secret) async throws(WalletError) -> Submission {
        let view = try await cancellable { try await self.library.freeze(recovery: recoveryCode, cancel: $0) }
        return Submission(view: view, wallet: self)
    }

    public func unfreeze(recoveryCode: Secret) async throws(WalletError) -> Submission {
        let view = try await cancellable { try await self.library.unfreeze(recovery: recoveryCode, cancel: $0) }
        return Submission(view: view, wallet: self)
    }

    public func objectToRecovery() async throws(WalletError) -> Submission {
        let view = try await cancellable { try await self.library.objectToRecovery(cancel: $0) }
        return Submission(view: view, wallet: self)
    }
}

// Credentials: offered, held, asked for, shown.
extension CitizenWallet {
    public func reviewOffer(_ link: String) async throws(WalletError) -> OfferReview {
        let review = try await cancellable { try await self.library.reviewOffer(link: link, cancel: $0) }
        return OfferReview(view: review.view(), wallet: self, library: review)
    }

    public func accept(_ review: OfferReview, code: Secret?) async throws(WalletError) -> [Credential] {
        let review = try own(review.library)
        defer { hub.tellOfCredentials() }
        return held(
            try await cancellable { token in
                try await self.library.acceptOffer(review: review, code: code, cancel: token)
            })
    }

    public func authorize(_ review: OfferReview) async throws(WalletError) -> AuthorizationView {
        let review = try own(review.library)
        return try await cancellable { try await self.library.authorizeOffer(review: review, cancel: $0) }
    }

    public func pendingAuthorization() async throws(WalletError) -> AuthorizationView? {
        try await cancellable { try await self.library.pendingAuthorization(cancel: $0) }
    }

    public func completeAuthorization(_ link: String) async throws(WalletError) -> [Credential] {
        defer { hub.tellOfCredentials() }
        return held(
            try await cancellable { try await self.library.completeAuthorization(link: link, cancel: $0) })
    }

    public func cancelAuthorization() async throws(WalletError) {
        try await cancellable { try await self.library.cancelAuthorization(cancel: $0) }
    }

    public func credentials() async throws(WalletError) -> [Credential] {
        held(try await cancellable { try await self.library.credentials(cancel: $0) })
    }

    public func pendingCredentials() async throws(WalletError) -> [PendingCredentialView] {
        try await cancellable { try await self.library.pendingCredentials(cancel: $0) }
    }

    public func forget(pending: IssuanceId) async throws(WalletError) {
        try await cancellable { try await self.library.forgetPending(id: pending, cancel: $0) }
    }

    public func refreshCredentials() async throws(WalletError) -> [Credential] {
        defer { hub.tellOfCredentials() }
        return held(try await cancellable { try await self.library.refreshCredentials(cancel: $0) })
    }

    public func detail(of credential: CredentialId) async throws(WalletError) -> CredentialDetailView {
        try await cancellable { try await self.library.credential(id: credential, cancel: $0) }
    }

    public func forget(credential: CredentialId) async throws(WalletError) {
        try await cancellable { try await self.library.forgetCredential(id: credential, cancel: $0) }
        hub.tellOfCredentials()
    }

    public func reviewPresentation(_ link: String) async throws(WalletError) -> PresentationReview {
        let review = try await cancellable { try await self.library.reviewPresentation(link: link, cancel: $0) }
        return PresentationReview(
            view: review.view(), suggested: review.suggested(), wallet: self, library: review)
    }

    public func present(
        _ review: PresentationReview, picks: [PresentationPick], insist: Bool
    ) async throws(WalletError) -> PresentedView {
        let review = try own(review.library)
        // Also what came to nothing has used up its copies, and stands in the log.
        defer { hub.tellOfCredentials() }
        return try await cancellable { token in
            try await self.library.presentCredentials(
                review: review, picks: picks, insist: insist, cancel: token)
        }
    }

    public func decline(_ review: PresentationReview) async throws(WalletError) {
        let review = try own(review.library)
        defer { hub.tellOfCredentials() }
        try await cancellable { try await self.library.declinePresentation(review: review, cancel: $0) }
    }

    public func credentialLog() async throws(WalletError) -> [CredentialEventView] {
        try await cancellable { try await self.library.credentialLog(cancel: $0) }
    }

    public var heldCredentials: Steps<[CredentialView]> {
        watchedCredentials { wallet throws(WalletError) in
            try await wallet.credentials().map(\.view)
        }
    }

    public var credentialEvents: Steps<[CredentialEventView]> {
        watchedCredentials { wallet throws(WalletError) in
            try await wallet.credentialLog()
        }
    }

    /// A view now, and again after whatever this app does with credentials. Nobody is asked. Watching does not keep the wallet alive.
    func watchedCredentials<View: Sendable & Equatable>(
        _ view: @escaping @Sendable (CitizenWallet) async throws(WalletError) -> View
    ) -> Steps<View> {
        let hub = hub
        return Steps { [weak self] tell in
            let changes = hub.credentialChanges()
            let look: @Sendable () async throws -> Bool = { [weak self] in
                guard let wallet = self else { return false }
                tell(try await view(wallet))
                return true
            }
            guard try await look() else { return }
            for await _ in changes {
                guard try await look() else { return }
            }
        }
    }

    private func held(_ views: [CredentialView]) -> [Credential] {
        views.map { Credential(view: $0, wallet: self) }
    }
}
