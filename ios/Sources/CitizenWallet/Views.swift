import CitizenWalletFFI

// What the wallet shows and takes, under the names that the Rust library gives it. Nothing is mirrored: these are the records
// themselves. Points, won and times in them are whole numbers: points, won, seconds since 1970-01-01 00:00 UTC.

/// The account's number, and whether another phone has taken it over.
public typealias AccountView = CitizenWalletFFI.AccountView
/// One line of the activity log: who saw what of the citizen, when, and why.
public typealias ActivityView = CitizenWalletFFI.ActivityView
/// A part of a request for credentials; its `pick` says what she chooses for it.
public typealias AskedView = CitizenWalletFFI.AskedView
/// A registrar that will be asked.
public typealias AskingRegistrarView = CitizenWalletFFI.AskingRegistrarView
/// One party's signed word: who, when.
public typealias AttestedMark = CitizenWalletFFI.AttestedMark
/// A sign-in at an issuer's page, in the browser.
public typealias AuthorizationView = CitizenWalletFFI.AuthorizationView
/// Points by proof, won by the bank's word.
public typealias BalanceView = CitizenWalletFFI.BalanceView
/// What is chosen in a contest: ``ContestView`` makes one.
public typealias BallotChoice = CitizenWalletFFI.BallotChoice
/// A ballot before she decides.
public typealias BallotReviewView = CitizenWalletFFI.BallotReviewView
/// A promise that a relay broke.
public typealias BrokenPromiseView = CitizenWalletFFI.BrokenPromiseView
/// This phone's key, and whether the ledger lets it be used.
public typealias CardView = CitizenWalletFFI.CardView
/// A gift certificate that points were redeemed for.
public typealias CertificateView = CitizenWalletFFI.CertificateView
/// A check of the universal verifier.
public typealias CheckView = CitizenWalletFFI.CheckView
/// What was chosen in a contest, in words.
public typealias ChosenView = CitizenWalletFFI.ChosenView
/// What a credential says in one place.
public typealias ClaimView = CitizenWalletFFI.ClaimView
/// A data object of a payment code.
public typealias CodeField = CitizenWalletFFI.CodeField
/// A rule that a payment code breaks.
public typealias CodeFinding = CitizenWalletFFI.CodeFinding
/// A text read as a payment code: unverified, a stranger printed it.
public typealias CodeReading = CitizenWalletFFI.CodeReading
/// What showing a code will allow.
public typealias CodeReviewView = CitizenWalletFFI.CodeReviewView
/// A question of a poll.
public typealias ContestView = CitizenWalletFFI.ContestView
/// Whether a ballot counts.
public typealias CountedView = CitizenWalletFFI.CountedView
/// A credential with all it says.
public typealias CredentialDetailView = CitizenWalletFFI.CredentialDetailView
/// A line of the log of credentials: who saw what, when, and why.
public typealias CredentialEventView = CitizenWalletFFI.CredentialEventView
/// A credential that is held.
public typealias CredentialView = CitizenWalletFFI.CredentialView
/// In whose hands the account is.
public typealias CustodyView = CitizenWalletFFI.CustodyView
/// What a claim of points brought.
public typealias EarnView = CitizenWalletFFI.EarnView
/// People whose votes are summed together.
public typealias ElectorateView = CitizenWalletFFI.ElectorateView
/// How many officers of recovery know whose account it is.
public typealias EnrolmentView = CitizenWalletFFI.EnrolmentView
/// One entry of the history, proved.
public typealias EntryView = CitizenWalletFFI.EntryView
/// Points that expire together.
public typealias ExpiringView = CitizenWalletFFI.ExpiringView
/// Whether the newest proof is new enough to approve anything.
public typealias Freshness = CitizenWalletFFI.Freshness
/// What giving will do.
public typealias GiftReviewView = CitizenWalletFFI.GiftReviewView
/// The whole history: no entry is missing.
public typealias HistoryView = CitizenWalletFFI.HistoryView
/// The one home screen.
public typealias HomeView = CitizenWalletFFI.HomeView
/// A language the wallet speaks.
public typealias Language = CitizenWalletFFI.Language
/// One set of limits.
public typealias LimitSetView = CitizenWalletFFI.LimitSetView
/// The limits in force, and what is left of them.
public typealias LimitsView = CitizenWalletFFI.LimitsView
/// What the issuer says it did about a lost phone.
public typealias LossView = CitizenWalletFFI.LossView
/// Whose code it is, by the centre's word.
public typealias MerchantView = CitizenWalletFFI.MerchantView
/// The same sentence in both languages.
public typealias Message = CitizenWalletFFI.Message
/// An offer of credentials, before it is accepted.
public typealias OfferReviewView = CitizenWalletFFI.OfferReviewView
/// A credential in an offer.
public typealias OfferedCredentialView = CitizenWalletFFI.OfferedCredentialView
/// A ballot that was opened: it never counts.
public typealias OpenedBallotView = CitizenWalletFFI.OpenedBallotView
/// What can be answered.
public typealias OptionView = CitizenWalletFFI.OptionView
/// What of the citizen card a payment above a limit shows, before it is approved.
public typealias OrderCardReviewView = CitizenWalletFFI.OrderCardReviewView
/// What became of the citizen card of a payment.
public typealias OrderCardView = CitizenWalletFFI.OrderCardView
/// The citizen's own limits, in won, points and won together.
public typealias OwnLimits = CitizenWalletFFI.OwnLimits
/// How far a payment is. `captured`, `reversed` and `neverHeld` are ends.
public typealias PaymentState = CitizenWalletFFI.Progress
/// A payment of this phone, and how far it is known to be.
public typealias PaymentView = CitizenWalletFFI.PaymentView
/// What an issuer has not issued yet.
public typealias PendingCredentialView = CitizenWalletFFI.PendingCredentialView
/// Points, proved.
public typealias PointsView = CitizenWalletFFI.PointsView
/// What the universal verifier found.
public typealias PollReportView = CitizenWalletFFI.PollReportView
/// A poll, proved.
public typealias PollView = CitizenWalletFFI.PollView
/// All polls, those of her district first.
public typealias PollsNearView = CitizenWalletFFI.PollsNearView
/// Of which credential which claims are shown, for which part of a request.
public typealias PresentationPick = CitizenWalletFFI.PresentationPick
/// A request for credentials, before it is answered.
public typealias PresentationReviewView = CitizenWalletFFI.PresentationReviewView
/// What became of a presentation.
public typealias PresentedView = CitizenWalletFFI.PresentedView
/// A receipt: what to show, and the file that convinces anybody who has the trust file.
public typealias ReceiptFile = CitizenWalletFFI.ReceiptFile
/// A receipt as it is shown.
public typealias ReceiptView = CitizenWalletFFI.ReceiptView
/// How far a recovery by officers is, as the new phone sees it.
public typealias RecoveryView = CitizenWalletFFI.RecoveryView
/// What redeeming will do.
public typealias RedemptionReviewView = CitizenWalletFFI.RedemptionReviewView
/// One refund, proved.
public typealias RefundView = CitizenWalletFFI.RefundView
/// What came back of a payment so far, and what still may.
public typealias RefundsView = CitizenWalletFFI.RefundsView
/// An issuer or a verifier, as the registry has it.
public typealias RegisteredView = CitizenWalletFFI.RegisteredView
/// What a registrar has answered.
public typealias RegistrarView = CitizenWalletFFI.RegistrarView
/// A shop's try to charge a shown code that came to nothing, by the centre's word.
public typealias RefusedChargeView = CitizenWalletFFI.RefusedChargeView
/// What of the citizen card registrars would be shown.
public typealias RegistrationCardView = CitizenWalletFFI.RegistrationCardView
/// What registering would show, and to whom.
public typealias RegistrationReviewView = CitizenWalletFFI.RegistrationReviewView
/// How far a registration is.
public typealias RegistrationView = CitizenWalletFFI.RegistrationView
/// What an option got.
public typealias ResultView = CitizenWalletFFI.ResultView
/// What will happen if the citizen approves a payment.
public typealias ReviewView = CitizenWalletFFI.ReviewView
/// How far the reward for taking part is.
public typealias RewardView = CitizenWalletFFI.RewardView
/// A service that knows her again.
public typealias ServiceView = CitizenWalletFFI.ServiceView
/// A credential that answers a part of a request.
public typealias ShowableView = CitizenWalletFFI.ShowableView
/// A code that this phone shows.
public typealias ShownCodeView = CitizenWalletFFI.ShownCodeView
/// A sign-in that a request asks for, and whether the service knows her.
public typealias SignInView = CitizenWalletFFI.SignInView
/// How old what is known of a credential's status is.
public typealias StatusView = CitizenWalletFFI.StatusView
/// A gift, a redemption or a change of limits, and how far it is.
public typealias SubmissionView = CitizenWalletFFI.SubmissionView
/// What a synchronisation found.
public typealias SyncReport = CitizenWalletFFI.SyncReport
/// How trust in the ledger began.
public typealias TrustOrigin = CitizenWalletFFI.TrustOrigin
/// Checked by this phone: the block, its time, who signed it.
public typealias VerifiedMark = CitizenWalletFFI.VerifiedMark
/// A ballot stands on the board: verified by this phone.
public typealias VoteReceiptView = CitizenWalletFFI.VoteReceiptView
/// How far a vote is. Nothing in it says for what.
public typealias VoteView = CitizenWalletFFI.VoteView
/// Something happened.
public typealias WalletEvent = CitizenWalletFFI.WalletEvent
/// Won, by the bank's word.
public typealias WonView = CitizenWalletFFI.WonView

/// An account: 64 hexadecimal digits.
public typealias AccountId = CitizenWalletFFI.AccountId
/// A credential: 32 hexadecimal digits.
public typealias CredentialId = CitizenWalletFFI.CredentialId
/// What was accepted of an issuer and has not come: 32 hexadecimal digits.
public typealias IssuanceId = CitizenWalletFFI.IssuanceId
/// A payment: 64 hexadecimal digits.
public typealias PaymentId = CitizenWalletFFI.PaymentId
/// A poll: 64 hexadecimal digits.
public typealias PollId = CitizenWalletFFI.PollId
/// A service that knows this wallet: 32 hexadecimal digits.
public typealias ServiceId = CitizenWalletFFI.ServiceId
/// A transaction of the ledger: 64 hexadecimal digits.
public typealias TransactionId = CitizenWalletFFI.TransactionId
/// Seconds since 1970-01-01 00:00 UTC.
public typealias UnixSeconds = CitizenWalletFFI.UnixSeconds

extension PaymentState {
    /// Whether it is the payment's end: nothing follows.
    public var isFinal: Bool {
        switch self {
        case .captured, .reversed, .neverHeld: true
        case .requested, .held, .debited, .reversing: false
        }
    }
}

extension PaymentView {
    /// Whether the citizen card that the sum needs was not accepted: nothing is paid, and `card.reason` says why.
    public var isCardRefused: Bool {
        card?.state == "refused"
    }
}

extension Message {
    /// The sentence in a language.
    public func text(_ language: Language) -> String {
        switch language {
        case .korean: ko
        case .english: en
        }
    }
}
