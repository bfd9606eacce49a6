#if PREVIEW
import CitizenWalletFFI
import Foundation

/// A state that screens have to draw: empty, stale, pending, refused, long names, and the others.
public typealias PreviewState = CitizenWalletFFI.PreviewState

extension PreviewState {
    /// All of them.
    public static var all: [PreviewState] {
        previewStates()
    }
}

/// A wallet for designing screens before there is a city: the same types with believable views, in every state. Nothing in it is proved,
/// nothing is sent, and a released library has none.
public final class PreviewWallet: Wallet {
    /// What it shows.
    public let state: PreviewState

    let views: PreviewViews
    private let refusal: WalletError?
    private let delay: Duration
    private let hub = EventHub()

    /// A wallet in a state. Every call takes as long as `delay`, so that the screens of waiting can be seen too.
    public init(_ state: PreviewState = .ordinary, delay: Duration = .zero) {
        let preview = CitizenWalletFFI.preview(state: state)
        self.state = state
        self.views = preview.views
        self.refusal = preview.refusal
        self.delay = delay
    }

    /// Waits as a call would. A cancelled task is answered as the real wallet answers it.
    private func wait() async throws(WalletError) {
        do {
            try await Task.sleep(for: delay)
        } catch {
            throw .Cancelled
        }
    }

    func answer<View>(_ view: View) async throws(WalletError) -> View {
        try await wait()
        return view
    }

    /// What the state is about: refused, if it is one of a refusal. Offers and requests have refusals of their own.
    private func acted<View>(_ view: View) async throws(WalletError) -> View {
        try await wait()
        switch state {
        case .offerUnknown, .requestUnknown, .requestBeyond: return view
        default: break
        }
        if let refusal { throw refusal }
        return view
    }

    /// What is refused in some states alone.
    func unlessRefused<View>(in states: Set<PreviewState>, _ view: View) async throws(WalletError) -> View {
        try await wait()
        if let refusal, states.contains(state) { throw refusal }
        return view
    }

    /// What a state has no view of.
    func found<View>(
        _ view: View?, or reason: String = "payment-unknown"
    ) async throws(WalletError) -> View {
        try await wait()
        guard let view else { throw .Invalid(reason: reason) }
        return view
    }

    // MARK: Life

    public func unlock(_ pin: Secret) async throws(WalletError) { try await wait() }
    public func lock() async throws(WalletError) { try await wait() }
    public func lockIfIdle() async throws(WalletError) -> Bool { try await answer(false) }
    public func changePin(from old: Secret, to new: Secret) async throws(WalletError) { try await wait() }
    public func release() async { hub.finish() }

    // MARK: Account

    public func generateRecoveryCode() async throws(WalletError) -> Secret {
        try await answer(Secret.fromUtf8(bytes: Data("0000-0000-0000-0000-0000-0000-0000".utf8)))
    }

    public func openAccount(recoveryCode: Secret) async throws(WalletError) -> AccountView { try await answer(views.account) }
    public func enrol(_ citizen: String) async throws(WalletError) -> WonView { try await won() }
    public func account() async throws(WalletError) -> AccountView { try await answer(views.account) }
    public func backup(recoveryCode: Secret) async throws(WalletError) -> Data { try await answer(Data()) }
    public func trustFile() async throws(WalletError) -> String { try await answer("{}") }

    // MARK: Money

    public func balance() async throws(WalletError) -> BalanceView { try await answer(views.home.balance) }
    public func home() async throws(WalletError) -> HomeView { try await answer(views.home) }
    public func history() async throws(WalletError) -> HistoryView { try await answer(views.history) }
    public func activity() async throws(WalletError) -> [ActivityView] { try await answer(views.activity) }
    public func preferPoints(_ pointsFirst: Bool) async throws(WalletError) { try await wait() }

    public func won() async throws(WalletError) -> WonView {
        try await wait()
        guard let won = views.home.balance.won else { throw .Offline(canQueue: false) }
        return won
    }

    public func earn(programme: String, evidence: String) async throws(WalletError) -> EarnView {
        try await wait()
        throw .Refused(by: "treasury", reason: "not-found")
    }

    @discardableResult
    public func sync() async throws(WalletError) -> SyncReport {
        try await wait()
        let points = views.home.balance.points
        let votes = views.poll?.vote.map { [$0] } ?? []
        return SyncReport(
            account: views.account, verified: points.verified, freshness: points.freshness, newEntries: 0,
            payments: views.payments, codes: views.code.map { [$0] } ?? [], submissions: [], votes: votes,
            credentials: [], renewedReceipts: 0)
    }

    // MARK: Watching

    public var balances: Steps<BalanceView> { once(views.home.balance) }
    public var activities: Steps<[ActivityView]> { once(views.activity) }
    public var events: AsyncStream<WalletEvent> { hub.events() }

    /// A value, and nothing more until the wallet is released.
    func once<View: Sendable & Equatable>(_ view: View) -> Steps<View> {
        let hub = hub
        return Steps { tell in
            tell(view)
            for await _ in hub.events() {}
        }
    }

    // MARK: Paying

    public func scan(_ text: String) async throws(WalletError) -> ScannedCode {
        try await wait()
        return ScannedCode(preview: views.merchant, reading: inspectCode(text))
    }

    public func reviewPayment(
        of code: ScannedCode, amount: Won?, coins: Coins
    ) async throws(WalletError) -> PaymentReview {
        PaymentReview(view: try await acted(views.review), wallet: self, library: nil)
    }

    public func approve(_ review: PaymentReview) async throws(WalletError) -> Payment {
        Payment(view: try await found(views.payments.last), wallet: self)
    }

    public func payment(_ id: PaymentId) async throws(WalletError) -> Payment {
        Payment(view: try await found(views.payments.first { $0.paymentId == id }), wallet: self)
    }

    public func payments() async throws(WalletError) -> [Payment] {
        try await answer(views.payments).map { Payment(view: $0, wallet: self) }
    }

    public func states(of payment: PaymentId) -> Steps<PaymentView> {
        let view = views.payments.first { $0.paymentId == payment }
        return Steps { tell in
            guard let view else { throw WalletError.Invalid(reason: "payment-unknown") }
            tell(view)
        }
    }

    // MARK: Receipts and refunds

    public func receipt(of payment: PaymentId) async throws(WalletError) -> ReceiptFile {
        ReceiptFile(view: try await found(views.receipt), file: Data())
    }

    public func receipts() async throws(WalletError) -> [PaymentId] {
        try await answer(views.receipt.map { [$0.paymentId] } ?? [])
    }

    public func receiptCode(of payment: PaymentId) async throws(WalletError) -> String {
        try await answer("SWR1.PREVIEW")
    }

    public func refunds(of payment: PaymentId) async throws(WalletError) -> RefundsView {
        let receipt = try await found(views.receipt)
        return RefundsView(
            paymentId: payment, refunds: [], refunded: 0, left: receipt.points + receipt.krw, verified: receipt.verified)
    }

    public func askRefund(of payment: PaymentId, amount: Won, reason: String) async throws(WalletError) -> RefundsView {
        try await refunds(of: payment)
    }

    // MARK: Codes that this phone shows

    public func reviewCode(total: Won, coins: Coins) async throws(WalletError) -> CodeReview {
        let review = try await acted(views.review)
        let view = CodeReviewView(
            points: review.points, total: total.amount, seconds: 180, until: review.until, cosigned: review.cosigned,
            verified: review.verified, spoken: review.spoken)
        return CodeReview(view: view, wallet: self, library: nil)
    }

    public func show(_ review: CodeReview) async throws(WalletError) -> ShownCode {
        ShownCode(view: try await found(views.code), wallet: self)
    }

    public func renew(code: PaymentId) async throws(WalletError) -> ShownCode {
        ShownCode(view: try await found(views.code), wallet: self)
    }

    public func hide(code: PaymentId) async throws(WalletError) -> ShownCodeView { try await found(views.code) }
    public func advance(code: PaymentId) async throws(WalletError) -> ShownCodeView { try await found(views.code) }

    public func codes() async throws(WalletError) -> [ShownCode] {
        try await answer(views.code.map { [ShownCode(view: $0, wallet: self)] } ?? [])
    }

    public func states(ofCode code: PaymentId) -> Steps<ShownCodeView> {
        let view = views.code
        return Steps { tell in
            guard let view else { throw WalletError.Invalid(reason: "payment-unknown") }
            tell(view)
        }
    }

    // MARK: Gifts, redemptions, limits

    public func giftCode() async throws(WalletError) -> String { try await answer("SWG1.PREVIEW") }
    public func limits() async throws(WalletError) -> LimitsView { try await answer(views.limits) }
    public func submissions() async throws(WalletError) -> [Submission] { try await answer([]) }

    public func reviewGift(to code: String, points: Points) async throws(WalletError) -> GiftReview {
        let review = try await acted(views.review)
        let view = GiftReviewView(
            to: views.account.account, points: points.amount, pointsLeft: review.pointsLeft, until: review.until,
            cosigned: review.cosigned, verified: review.verified, spoken: review.spoken)
        return GiftReview(view: view, wallet: self, library: nil)
    }

    public func approve(_ review: GiftReview) async throws(WalletError) -> Submission { try await refused() }
    public func approve(_ review: RedemptionReview) async throws(WalletError) -> Submission { try await refused() }
    public func setLimits(_ limits: OwnLimits?) async throws(WalletError) -> Submission { try await refused() }
    public func follow(submission: TransactionId) async throws(WalletError) -> SubmissionView {
        guard submission == Self.byRecovery else { return try await refused() }
        return try await answer(byRecovery(isDone: true))
    }

    public func reviewRedemption(of points: Points) async throws(WalletError) -> RedemptionReview {
        let review = try await acted(views.review)
        let view = RedemptionReviewView(
            points: points.amount, pointsLeft: review.pointsLeft, step: 10_000, irrevocable: true, until: review.until,
            cosigned: review.cosigned, verified: review.verified, spoken: review.spoken)
        return RedemptionReview(view: view, wallet: self, library: nil)
    }

    // MARK: Voting

    public func polls() async throws(WalletError) -> [Poll] {
        try await answer(views.poll.map { [Poll(view: $0.poll, wallet: self)] } ?? [])
    }

    /// The district is the one that the state says, whichever was chosen.
    public func pollsNear(district: String?) async throws(WalletError) -> PollsNear {
        PollsNear(view: try await answer(views.near), wallet: self)
    }

    public func poll(_ id: PollId) async throws(WalletError) -> Poll {
        Poll(view: try await poll(named: id).poll, wallet: self)
    }

    public func reviewRegistration(
        for poll: PollId, electorate: UInt8?
    ) async throws(WalletError) -> RegistrationReview {
        RegistrationReview(view: try await self.poll(named: poll).review, wallet: self, library: nil)
    }

    public func register(_ review: RegistrationReview) async throws(WalletError) -> RegistrationView {
        try await register(for: review.view.pollId, electorate: review.view.electorate)
    }

    /// The registrars say what the state has them say; where it is about something else, they sign.
    public func register(for poll: PollId, electorate: UInt8?) async throws(WalletError) -> RegistrationView {
        let own = try await self.poll(named: poll).registration
        return try await found(own ?? Self.later(.registered)?.registration, or: "poll-unknown")
    }

    public func registration(for poll: PollId) async throws(WalletError) -> RegistrationView {
        try await found(try await self.poll(named: poll).registration, or: "not-registered")
    }

    public func reviewBallot(
        in poll: PollId, choices: [BallotChoice]
    ) async throws(WalletError) -> BallotReview {
        let views = try await self.poll(named: poll)
        guard views.registration?.complete == true else { throw .Invalid(reason: "not-registered") }
        guard views.poll.open else { throw .Refused(by: "ledger", reason: "poll-time") }
        return BallotReview(view: views.ballot, wallet: self, library: nil)
    }

    public func check(_ review: BallotReview) async throws(WalletError) -> OpenedBallotView {
        try await poll(named: review.view.pollId).opened
    }

    public func cast(_ review: BallotReview) async throws(WalletError) -> VoteView {
        try await found(Self.later(.ballotSent)?.vote, or: "poll-unknown")
    }

    public func vote(in poll: PollId) async throws(WalletError) -> VoteView {
        try await found(try await self.poll(named: poll).vote, or: "not-registered")
    }

    public func advance(voteIn poll: PollId) async throws(WalletError) -> VoteView { try await vote(in: poll) }

    public func states(ofVoteIn poll: PollId) -> Steps<VoteView> {
        let view = views.poll?.vote
        return Steps { tell in
            guard let view else { throw WalletError.Invalid(reason: "not-registered") }
            tell(view)
        }
    }

    public func receipt(ofVoteIn poll: PollId) async throws(WalletError) -> VoteReceiptView {
        try await found(try await self.poll(named: poll).receipt, or: "ballot-missing")
    }

    public func verifyCounted(in poll: PollId) async throws(WalletError) -> CountedView {
        try await found(try await self.poll(named: poll).counted, or: "ballot-missing")
    }

    public func verify(poll: PollId) async throws(WalletError) -> PollReportView {
        try await found(try await self.poll(named: poll).report, or: "poll-open")
    }

    public func reward(for poll: PollId) async throws(WalletError) -> RewardView {
        try await self.poll(named: poll).reward
    }

    private func poll(named id: PollId) async throws(WalletError) -> PollViews {
        try await found(views.poll.flatMap { $0.poll.id == id ? $0 : nil }, or: "poll-unknown")
    }

    /// The poll of a state that a call leads to.
    private static func later(_ state: PreviewState) -> PollViews? {
        CitizenWalletFFI.preview(state: state).views.poll
    }

    /// The previews have no view of a submission on its way.
    func refused<View>() async throws(WalletError) -> View {
        try await wait()
        throw refusal ?? .Offline(canQueue: false)
    }
}

extension ScannedCode {
    init(preview merchant: MerchantView, reading: CodeReading) {
        self.reading = reading
        self.merchant = merchant
        self.isUsable = merchant.status == "usable"
        self.library = nil
    }
}
#endif
