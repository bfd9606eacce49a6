import CitizenWalletFFI
import Foundation

/// What a screen is written against: a citizen's wallet, real (``CitizenWallet``) or for designing (``PreviewWallet``).
///
/// Locked, every call but ``unlock(_:)`` fails with `Locked`; a wallet locks itself when it is left alone. Every call may be made from
/// any task; cancelling the task stops the call at once with `Cancelled`, and nothing is half done.
public protocol Wallet: AnyObject, Sendable {
    // MARK: Life

    /// Tries a PIN. It is counted on disk before it is tried; stretching it takes up to a second.
    func unlock(_ pin: Secret) async throws(WalletError)
    /// Locks: the keys are forgotten. Calls under way end with `Locked`.
    func lock() async throws(WalletError)
    /// Locks if the citizen did nothing for as long as the configuration says, and says whether it is locked: for the app's timer.
    func lockIfIdle() async throws(WalletError) -> Bool
    /// Puts another PIN in the place of the old one.
    func changePin(from old: Secret, to new: Secret) async throws(WalletError)
    /// Stops every call under way, waits until they have ended, and gives the files back. Once is enough, twice is fine; afterwards
    /// every call fails with `Cancelled`.
    func release() async

    // MARK: Account

    /// A fresh recovery code, kept nowhere: the citizen writes it down, types it again, and it goes to ``openAccount(recoveryCode:)``.
    func generateRecoveryCode() async throws(WalletError) -> Secret
    /// Opens the account on the ledger. Called again after a crash, it goes on; it opens one account or none.
    func openAccount(recoveryCode: Secret) async throws(WalletError) -> AccountView
    /// Connects the holder's won account. `citizen` is how bank and treasury know her, never a resident registration number.
    func enrol(_ citizen: String) async throws(WalletError) -> WonView
    /// The account's number.
    func account() async throws(WalletError) -> AccountView
    /// Seals a backup under the recovery code. It holds no signing key.
    func backup(recoveryCode: Secret) async throws(WalletError) -> Data
    /// The city's trust file, as it is handed on with a receipt.
    func trustFile() async throws(WalletError) -> String

    // MARK: Money

    /// Points by proof, won by the bank's word. Without a connection: the last verified numbers, marked stale.
    func balance() async throws(WalletError) -> BalanceView
    /// Won, by the bank's fresh word.
    func won() async throws(WalletError) -> WonView
    /// The home screen: balance, open payments, the newest entries.
    func home() async throws(WalletError) -> HomeView
    /// The whole history: no entry is missing.
    func history() async throws(WalletError) -> HistoryView
    /// The activity log, oldest first.
    func activity() async throws(WalletError) -> [ActivityView]
    /// Claims points and waits until the ledger proves that they are there. The same claim again brings the same points, once.
    func earn(programme: String, evidence: String) async throws(WalletError) -> EarnView
    /// Brings everything up to date: what is in the outbox is sent again, what has ended is settled.
    @discardableResult
    func sync() async throws(WalletError) -> SyncReport
    /// Whether points are spent first where a payment does not say.
    func preferPoints(_ pointsFirst: Bool) async throws(WalletError)

    // MARK: Watching

    /// The balance now, and again after each event that may have changed it.
    var balances: Steps<BalanceView> { get }
    /// The activity log now, and again after each event.
    var activities: Steps<[ActivityView]> { get }
    /// What happens from now on.
    var events: AsyncStream<WalletEvent> { get }

    // MARK: Paying

    /// Reads a text and asks the centre who it is. What cannot be paid is refused before anybody is asked.
    func scan(_ text: String) async throws(WalletError) -> ScannedCode
    /// Checks everything about a payment and says what it will be. Nothing happens. `amount` is for codes that carry none.
    func reviewPayment(of code: ScannedCode, amount: Won?, coins: Coins) async throws(WalletError) -> PaymentReview
    /// Signs the order and hands it to the centre. Once: approving takes what is in the review.
    func approve(_ review: PaymentReview) async throws(WalletError) -> Payment
    /// A payment as far as it is known without asking anybody.
    func payment(_ id: PaymentId) async throws(WalletError) -> Payment
    /// All payments of this phone, oldest first, as far as they are known without asking anybody.
    func payments() async throws(WalletError) -> [Payment]
    /// A payment's states to its end.
    func states(of payment: PaymentId) -> Steps<PaymentView>

    // MARK: Receipts and refunds

    /// The receipt of a captured payment, verified.
    func receipt(of payment: PaymentId) async throws(WalletError) -> ReceiptFile
    /// The payments of which a receipt is kept.
    func receipts() async throws(WalletError) -> [PaymentId]
    /// The text of a code to show at the shop: its till finds the payment by it and proves it itself.
    func receiptCode(of payment: PaymentId) async throws(WalletError) -> String
    /// What came back of a payment so far, and what still may.
    func refunds(of payment: PaymentId) async throws(WalletError) -> RefundsView
    /// Asks the merchant to give so much back. It is a wish: the history shows whether it was granted.
    func askRefund(of payment: PaymentId, amount: Won, reason: String) async throws(WalletError) -> RefundsView

    // MARK: Codes that this phone shows

    /// Says what showing a code will allow: so many won at most, of which so much in points.
    func reviewCode(total: Won, coins: Coins) async throws(WalletError) -> CodeReview
    /// Signs the mandate and shows the code; one that is still open is replaced.
    func show(_ review: CodeReview) async throws(WalletError) -> ShownCode
    /// Another code with the same caps in the place of one that is shown.
    func renew(code: PaymentId) async throws(WalletError) -> ShownCode
    /// Takes a code back: the ledger will refuse its charge.
    func hide(code: PaymentId) async throws(WalletError) -> ShownCodeView
    /// One look at a shown code. A charge becomes a payment.
    func advance(code: PaymentId) async throws(WalletError) -> ShownCodeView
    /// All codes of this phone.
    func codes() async throws(WalletError) -> [ShownCode]
    /// A shown code's states until it is charged, expired or revoked.
    func states(ofCode code: PaymentId) -> Steps<ShownCodeView>

    // MARK: Gifts, redemptions, limits

    /// The text of a code under which this account is given points.
    func giftCode() async throws(WalletError) -> String
    /// Says what giving will do. `code` is the other's gift code.
    func reviewGift(to code: String, points: Points) async throws(WalletError) -> GiftReview
    /// Gives. It cannot be taken back.
    func approve(_ review: GiftReview) async throws(WalletError) -> Submission
    /// Says what redeeming so many points for a gift certificate will do.
    func reviewRedemption(of points: Points) async throws(WalletError) -> RedemptionReview
    /// Redeems. It cannot be undone.
    func approve(_ review: RedemptionReview) async throws(WalletError) -> Submission
    /// The limits in force and what is left of them, proved.
    func limits() async throws(WalletError) -> LimitsView
    /// Sets the citizen's own limits; nothing takes them back. Looser ones ask for the finger.
    func setLimits(_ limits: OwnLimits?) async throws(WalletError) -> Submission
    /// All gifts, redemptions and changes of limits.
    func submissions() async throws(WalletError) -> [Submission]
    /// Follows a gift, a redemption or a change of limits to its end.
    func follow(submission: TransactionId) async throws(WalletError) -> SubmissionView

    // MARK: Voting

    /// All polls of the city, the newest first, by proof.
    func polls() async throws(WalletError) -> [Poll]
    /// All polls, those of her district first: of the `district` that she chose, by its Korean name, or without it of the one that a
    /// credential of hers says. Which it is stays on the phone.
    func pollsNear(district: String?) async throws(WalletError) -> PollsNear
    /// One poll: what is asked, of whom, when, and where it stands.
    func poll(_ id: PollId) async throws(WalletError) -> Poll
    /// Asks the registrars, under nobody's name, how they want to know who registers, and says what of the citizen card they would be
    /// shown. Nothing is shown yet.
    func reviewRegistration(for poll: PollId, electorate: UInt8?) async throws(WalletError) -> RegistrationReview
    /// Registers as the review said.
    func register(_ review: RegistrationReview) async throws(WalletError) -> RegistrationView
    /// Has every registrar sign the voting key without seeing it; called again, those that did not answer are asked again.
    func register(for poll: PollId, electorate: UInt8?) async throws(WalletError) -> RegistrationView
    /// How far a registration is, without asking anybody.
    func registration(for poll: PollId) async throws(WalletError) -> RegistrationView
    /// Encrypts a ballot and says what it is. Nothing is sent.
    func reviewBallot(in poll: PollId, choices: [BallotChoice]) async throws(WalletError) -> BallotReview
    /// Opens a ballot instead of casting it, for the second device that scanned its fingerprint before. It never counts.
    func check(_ review: BallotReview) async throws(WalletError) -> OpenedBallotView
    /// Casts a ballot. Without a relay's promise it lies in the outbox and is sent again.
    func cast(_ review: BallotReview) async throws(WalletError) -> VoteView
    /// How far a vote is, without asking anybody.
    func vote(in poll: PollId) async throws(WalletError) -> VoteView
    /// One look at a vote.
    func advance(voteIn poll: PollId) async throws(WalletError) -> VoteView
    /// A vote's states until its ballot stands on the board, or never will.
    func states(ofVoteIn poll: PollId) -> Steps<VoteView>
    /// The proof that the ballot stands on the board. It does not say for what.
    func receipt(ofVoteIn poll: PollId) async throws(WalletError) -> VoteReceiptView
    /// Whether the ballot counts: the whole board is read, and nobody is asked about it.
    func verifyCounted(in poll: PollId) async throws(WalletError) -> CountedView
    /// The whole result, every check, on this phone.
    func verify(poll: PollId) async throws(WalletError) -> PollReportView
    /// The next step to the reward for taking part.
    func reward(for poll: PollId) async throws(WalletError) -> RewardView

    // MARK: The card

    /// This phone's key, and whether the ledger lets it be used; proved.
    func card() async throws(WalletError) -> CardView
    /// The platform's statement over the app's own challenge, 1 to 128 bytes, that the card's key lives in hardware; nothing where the key store makes
    /// none. For the app's server: the wallet sends it to nobody.
    func attest(challenge: Data) async throws(WalletError) -> Data?
    /// Puts a new key in the place of this phone's; the finger may be asked for twice. Cancelled, it goes on with the next ``sync()``.
    func rotateCard() async throws(WalletError) -> CardView
    /// Whether the account is stopped or about to be handed to another phone, proved; and until when she may object.
    func custody() async throws(WalletError) -> CustodyView
    /// Stops the account of the recovery code: this wallet's, or that of a phone that is lost, also from a wallet without an account.
    /// Follow it: it is so when the ledger says so.
    func freeze(recoveryCode: Secret) async throws(WalletError) -> Submission
    /// Lets a stopped account go on with this phone.
    func unfreeze(recoveryCode: Secret) async throws(WalletError) -> Submission
    /// Objects to a recovery that officers have filed: this phone is not lost. The finger is asked for.
    func objectToRecovery() async throws(WalletError) -> Submission

    // MARK: Phone and recovery code are lost

    /// Has the issuer revoke all that it issued to her, on whichever phone it is: beside ``freeze(recoveryCode:)``, or after a restore.
    func reportLoss(_ identity: Identity) async throws(WalletError) -> LossView
    /// Tells the officers of recovery whose account this is, while nothing is lost: without it they hand it to nobody who has no recovery
    /// code. Asked twice, the first word stands.
    func enrolRecovery(_ identity: Identity) async throws(WalletError) -> EnrolmentView
    /// Asks the officers for the account, on a new phone without backup. `recoveryCode` is a fresh one of ``generateRecoveryCode()``, on paper
    /// before this is called; ``completeRecovery(recoveryCode:)`` needs it again. After a crash call it again, with the same: it goes on.
    func recoverByOffice(_ identity: Identity, recoveryCode: Secret) async throws(WalletError) -> RecoveryView
    /// How far the recovery is that this phone has asked for, by proof; goes on with it as far as it goes now.
    func recovery() async throws(WalletError) -> RecoveryView
    /// The same, until the ledger shows what the officers have signed, or they have not signed.
    func followRecovery() async throws(WalletError) -> RecoveryView
    /// The old phone has objected, and she has shown again who she is: other officers say that it goes on.
    func upholdRecovery() async throws(WalletError) -> RecoveryView
    /// Takes the account over after the wait, with the new recovery code. The finger is asked for. The old phone can only show from then on.
    /// This one knows nothing of the bank yet: ``enrol(_:)`` connects her account there again.
    func completeRecovery(recoveryCode: Secret) async throws(WalletError) -> AccountView
    /// This phone, the old one, is not lost: whoever shows who she is has the officers drop the case. Follow it.
    func dismissRecovery(_ identity: Identity) async throws(WalletError) -> Submission

    // MARK: Credentials

    /// Reads an offer of a credential out of a link or a scanned text, asks the issuer what it is and the registry who the issuer is.
    /// Nothing is received.
    func reviewOffer(_ link: String) async throws(WalletError) -> OfferReview
    /// Takes what is offered; `code` is what the citizen was sent by other means, if one is needed.
    func accept(_ review: OfferReview, code: Secret?) async throws(WalletError) -> [Credential]
    /// Begins a sign-in at the issuer's page for what is offered: the address of the answer is opened in the browser.
    func authorize(_ review: OfferReview) async throws(WalletError) -> AuthorizationView
    /// The sign-in at an issuer's page that the browser may be open for; nothing if none waits.
    func pendingAuthorization() async throws(WalletError) -> AuthorizationView?
    /// Goes on with the link that the browser came back with (``openLink(_:)`` says so), and takes what was offered. A link that belongs to no
    /// sign-in that waits changes nothing, and is refused as invalid.
    func completeAuthorization(_ link: String) async throws(WalletError) -> [Credential]
    /// Gives the sign-in up. The issuer hears nothing of it.
    func cancelAuthorization() async throws(WalletError)
    /// All credentials that this phone holds, each verified again, without asking anybody.
    func credentials() async throws(WalletError) -> [Credential]
    /// What she has accepted and its issuer has not issued yet. Nobody is asked.
    func pendingCredentials() async throws(WalletError) -> [PendingCredentialView]
    /// Gives up what of it has not come. The issuer hears nothing of it.
    func forget(pending: IssuanceId) async throws(WalletError)
    /// Asks issuers for what they have not answered or have put off, and for fresh copies of what runs out; then asks the registry about the
    /// issuers and fetches whole lists of statuses: nobody learns whose is looked at.
    func refreshCredentials() async throws(WalletError) -> [Credential]
    /// A credential with all it says, without asking anybody.
    func detail(of credential: CredentialId) async throws(WalletError) -> CredentialDetailView
    /// Removes a credential with its keys. Its issuer hears nothing of it.
    func forget(credential: CredentialId) async throws(WalletError)
    /// Reads a request for credentials out of a link or a scanned text, asks the registry who asks, and looks what could be shown. Nothing
    /// is shown, and whom the registry does not have hears nothing.
    func reviewPresentation(_ link: String) async throws(WalletError) -> PresentationReview
    /// Shows what was chosen and nothing else. Each copy that is shown is used up.
    func present(
        _ review: PresentationReview, picks: [PresentationPick], insist: Bool
    ) async throws(WalletError) -> PresentedView
    /// Shows nothing, and says so to whom the registry has.
    func decline(_ review: PresentationReview) async throws(WalletError)
    /// Services that know her by keys of this phone, each by one that no other sees. Nobody is asked.
    func services() async throws(WalletError) -> [Service]
    /// Removes the key by which a service knows her. The service hears nothing of it; next time it sees a new person.
    func forget(service: ServiceId) async throws(WalletError)
    /// The services now, and again after whatever this app does with credentials.
    var knownServices: Steps<[ServiceView]> { get }
    /// Who saw what of the citizen by credentials, when, and why; oldest first.
    func credentialLog() async throws(WalletError) -> [CredentialEventView]
    /// The credentials now, and again after whatever this app does with them.
    var heldCredentials: Steps<[CredentialView]> { get }
    /// The log of credentials now, and again after whatever this app does with them.
    var credentialEvents: Steps<[CredentialEventView]> { get }
}

extension Wallet {
    /// A payment of what the code says, as the citizen prefers to pay.
    public func reviewPayment(
        of code: ScannedCode, amount: Won? = nil
    ) async throws(WalletError) -> PaymentReview {
        try await reviewPayment(of: code, amount: amount, coins: .preferred)
    }

    /// A payment of what the code says.
    public func reviewPayment(of code: ScannedCode, coins: Coins) async throws(WalletError) -> PaymentReview {
        try await reviewPayment(of: code, amount: nil, coins: coins)
    }

    /// All polls, those first of the district that a credential of hers says.
    public func pollsNear() async throws(WalletError) -> PollsNear {
        try await pollsNear(district: nil)
    }
}
