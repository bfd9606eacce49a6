package kr.citizenwallet.preview

import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.emptyFlow
import kotlinx.coroutines.flow.flow
import kr.citizenwallet.CitizenWallet
import kr.citizenwallet.CodeReview
import kr.citizenwallet.Credential
import kr.citizenwallet.GiftReview
import kr.citizenwallet.Identity
import kr.citizenwallet.OfferReview
import kr.citizenwallet.Payment
import kr.citizenwallet.PaymentReview
import kr.citizenwallet.Points
import kr.citizenwallet.Poll
import kr.citizenwallet.PresentationReview
import kr.citizenwallet.RedemptionReview
import kr.citizenwallet.ScannedCode
import kr.citizenwallet.Secret
import kr.citizenwallet.Service
import kr.citizenwallet.ShownCode
import kr.citizenwallet.Submission
import kr.citizenwallet.Won
import kr.citizenwallet.ffi.Coins
import kr.citizenwallet.ffi.OwnLimits
import kr.citizenwallet.ffi.WalletEvent
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.preview
import kr.citizenwallet.ffi.view.AccountView
import kr.citizenwallet.ffi.view.ActivityView
import kr.citizenwallet.ffi.view.AuthorizationView
import kr.citizenwallet.ffi.view.BalanceView
import kr.citizenwallet.ffi.view.CardView
import kr.citizenwallet.ffi.view.CredentialEventView
import kr.citizenwallet.ffi.view.CredentialView
import kr.citizenwallet.ffi.view.CustodyView
import kr.citizenwallet.ffi.view.EarnView
import kr.citizenwallet.ffi.view.EnrolmentView
import kr.citizenwallet.ffi.view.HistoryView
import kr.citizenwallet.ffi.view.HomeView
import kr.citizenwallet.ffi.view.LimitsView
import kr.citizenwallet.ffi.view.LossView
import kr.citizenwallet.ffi.view.PaymentView
import kr.citizenwallet.ffi.view.PendingCredentialView
import kr.citizenwallet.ffi.view.PollView
import kr.citizenwallet.ffi.view.PollsNearView
import kr.citizenwallet.ffi.view.PreviewState
import kr.citizenwallet.ffi.view.RecoveryView
import kr.citizenwallet.ffi.view.ServiceView
import kr.citizenwallet.ffi.view.ShownCodeView
import kr.citizenwallet.ffi.view.SubmissionView
import kr.citizenwallet.ffi.view.SyncReport
import kr.citizenwallet.ffi.view.WonView
import kr.citizenwallet.isFinal
import kr.citizenwallet.isUnderRecovery
import kr.citizenwallet.secretOf
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/**
 * A wallet for screens without a city: the same types, believable views, one state for its whole life. Nothing it shows is proved; a
 * phone's released library has no previews.
 *
 * The views are those of Rust's `preview`; the little that it has no view of (gifts, limits on their way) is made of them here. A call
 * that the state is about is refused as it would be: a review in [PreviewState.REFUSED], the won in [PreviewState.BANK_SILENT]. The PIN
 * [WRONG_PIN], also where an offer asks for a code, is wrong, every other right.
 *
 * @param state what its screens show.
 * @param takes how long each call takes; [Duration.INFINITE] is the state of loading.
 * @param isLocked whether it begins at the PIN screen.
 */
public class PreviewWallet(
    private val state: PreviewState,
    private val takes: Duration = 300.milliseconds,
    private var isLocked: Boolean = false,
) : CitizenWallet {
    private val preview = preview(state)
    internal val views = preview.views
    private var isClosed = false

    /** Waits as a call would, and looks whether the wallet is open. */
    internal suspend fun <T> answer(view: () -> T): T {
        check(!isClosed) { "this wallet is closed" }
        delay(takes)
        if (isLocked) throw WalletException.Locked()
        return view()
    }

    /** Does what the state may be about: it is refused in one of these. */
    internal suspend fun <T> unlessRefused(
        states: Set<PreviewState> = PAYING,
        view: () -> T,
    ): T = answer { if (state in states) throw checkNotNull(preview.refusal) else view() }

    override suspend fun unlock(pin: Secret) {
        delay(takes)
        if (pin.reads(WRONG_PIN)) throw WalletException.WrongPin(TRIES, 0UL)
        isLocked = false
    }

    override suspend fun lock() {
        isLocked = true
    }

    override suspend fun lockIfIdle(): Boolean = isLocked

    override suspend fun changePin(
        old: Secret,
        new: Secret,
    ): Unit = unlock(old)

    override suspend fun generateRecoveryCode(): Secret = answer { secretOf("0PREV-1EW00-0CODE-00000-00000-0".toCharArray()) }

    override suspend fun openAccount(recoveryCode: Secret): AccountView = account()

    override suspend fun enrol(citizen: String): WonView = won()

    override suspend fun account(): AccountView = answer { views.account }

    override suspend fun backup(recoveryCode: Secret): ByteArray = answer { ByteArray(BACKUP) }

    override suspend fun trustFile(): String = answer { "{}" }

    override suspend fun balance(): BalanceView = answer { views.home.balance }

    override suspend fun won(): WonView = answer { views.home.balance.won ?: throw WalletException.Offline(canQueue = false) }

    override suspend fun home(): HomeView = answer { views.home }

    override suspend fun history(): HistoryView = answer { views.history }

    override suspend fun activityLog(): List<ActivityView> = answer { views.activity }

    override suspend fun earn(
        programme: String,
        evidence: String,
    ): EarnView =
        unlessRefused {
            val points = views.home.balance.points
            EarnView(programme, points.points, NUMBER, views.review.merchantAttested, points.verified, points.spoken)
        }

    override suspend fun sync(): SyncReport =
        answer {
            val points = views.home.balance.points
            val codes = listOfNotNull(views.code)
            val payments = views.home.openPayments
            val votes = listOfNotNull(views.poll?.vote?.takeUnless { it.isFinal })
            SyncReport(views.account, points.verified, points.freshness, 0UL, payments, codes, emptyList(), votes, emptyList(), 0UL)
        }

    override suspend fun preferPoints(first: Boolean): Unit = answer { }

    override val events: Flow<WalletEvent> = emptyFlow()

    override val balances: Flow<BalanceView> = once { balance() }

    override val activity: Flow<List<ActivityView>> = once { activityLog() }

    override suspend fun scan(text: String): ScannedCode = answer { PreviewCode(text, views.merchant) }

    override suspend fun reviewPayment(
        code: ScannedCode,
        amount: Won?,
        coins: Coins,
    ): PaymentReview = unlessRefused { PreviewPaymentReview(this) }

    override fun payment(id: String): Payment = PreviewPayment(this, id)

    override suspend fun payments(): List<PaymentView> = answer { views.payments }

    override suspend fun receipts(): List<String> = answer { listOfNotNull(views.receipt?.paymentId) }

    override suspend fun reviewCode(
        total: Won,
        coins: Coins,
    ): CodeReview = unlessRefused { PreviewCodeReview(this, total) }

    override fun shownCode(id: String): ShownCode = PreviewShownCode(this, id)

    override suspend fun codes(): List<ShownCodeView> = answer { listOfNotNull(views.code) }

    override suspend fun giftCode(): String = answer { "SWG1.PREVIEW" }

    override suspend fun reviewGift(
        giftCode: String,
        points: Points,
    ): GiftReview = unlessRefused { PreviewGiftReview(this, points) }

    override suspend fun reviewRedemption(points: Points): RedemptionReview = unlessRefused { PreviewRedemptionReview(this, points) }

    override suspend fun limits(): LimitsView = answer { views.limits }

    override suspend fun setLimits(limits: OwnLimits?): Submission = unlessRefused { PreviewSubmission(this, "limits") }

    override fun submission(id: String): Submission = PreviewSubmission(this, "gift")

    override suspend fun submissions(): List<SubmissionView> = answer { emptyList() }

    override suspend fun polls(): List<PollView> = answer { listOfNotNull(views.poll?.poll) }

    /** The district is the one that the state says, whichever was chosen. */
    override suspend fun pollsNear(district: String?): PollsNearView = answer { views.near }

    override fun poll(id: String): Poll = PreviewPoll(this, id)

    override suspend fun card(): CardView = answer { views.cards.card }

    /** No hardware, no statement. */
    override suspend fun attest(challenge: ByteArray): ByteArray? = answer { null }

    override suspend fun rotateCard(): CardView = unlessRefused(ACCOUNT) { views.cards.card.run { copy(epoch = epoch + 1u) } }

    override suspend fun custody(): CustodyView = answer { views.cards.card.custody }

    override suspend fun freeze(recoveryCode: Secret): Submission = answer { PreviewSubmission(this, "freeze") }

    override suspend fun unfreeze(recoveryCode: Secret): Submission = answer { PreviewSubmission(this, "unfreeze") }

    override suspend fun objectToRecovery(): Submission =
        answer {
            if (!views.cards.card.custody.canObject) throw WalletException.Refused("ledger", "no-recovery")
            PreviewSubmission(this, "objection")
        }

    override suspend fun reportLoss(identity: Identity): LossView = answer { views.loss }

    override suspend fun enrolRecovery(identity: Identity): EnrolmentView = unlessRefused(ACCOUNT) { views.enrolment }

    override suspend fun recoverByOffice(
        identity: Identity,
        recoveryCode: Secret,
    ): RecoveryView = answer { views.recovery ?: throw WalletException.Invalid("account-exists") }

    override suspend fun recovery(): RecoveryView = answer { views.recovery ?: throw WalletException.Invalid("recovery-missing") }

    override suspend fun followRecovery(): RecoveryView = recovery()

    /** What other officers say. */
    override suspend fun upholdRecovery(): RecoveryView {
        if (recovery().state != "objected") throw WalletException.Refused("ledger", "recovery-time")
        return checkNotNull(preview(PreviewState.RECOVERY_UPHELD).views.recovery)
    }

    override suspend fun completeRecovery(recoveryCode: Secret): AccountView {
        if (!recovery().canComplete) throw WalletException.Refused("ledger", "recovery-time")
        return views.account.run { copy(epoch = epoch + 1u) }
    }

    override suspend fun dismissRecovery(identity: Identity): Submission =
        answer {
            if (!views.cards.card.custody.isUnderRecovery) throw WalletException.Refused("ledger", "no-recovery")
            PreviewSubmission(this, "dismissal")
        }

    override suspend fun reviewOffer(link: String): OfferReview = answer { PreviewOfferReview(this) }

    override suspend fun pendingAuthorization(): AuthorizationView? = answer { views.cards.authorization }

    /** What an ordinary day brings, where a sign-in waits. */
    override suspend fun completeAuthorization(link: String): List<CredentialView> =
        unlessRefused(RECEIVING) {
            views.cards.authorization ?: throw WalletException.Invalid("authorization-unknown")
            preview(PreviewState.ORDINARY)
                .views.cards.held
                .map { it.credential }
        }

    override suspend fun cancelAuthorization(): Unit = answer { }

    override suspend fun credentials(): List<CredentialView> = answer { views.cards.held.map { it.credential } }

    override val heldCredentials: Flow<List<CredentialView>> = once { credentials() }

    override fun credential(id: String): Credential = PreviewCredential(this, id)

    override suspend fun pendingCredentials(): List<PendingCredentialView> = answer { views.cards.pending }

    override suspend fun forgetPending(id: String): Unit =
        answer { if (views.cards.pending.none { it.id == id }) throw WalletException.Invalid("issuance-unknown") }

    override suspend fun refreshCredentials(): List<CredentialView> = credentials()

    override suspend fun reviewPresentation(link: String): PresentationReview = answer { PreviewPresentationReview(this) }

    override suspend fun services(): List<ServiceView> = answer { views.cards.services }

    override val knownServices: Flow<List<ServiceView>> = once { services() }

    override fun service(id: String): Service = PreviewService(this, id)

    override suspend fun credentialLog(): List<CredentialEventView> = answer { views.cards.log }

    override val credentialEvents: Flow<List<CredentialEventView>> = once { credentialLog() }

    override suspend fun release(): Unit = close()

    override fun close() {
        isClosed = true
    }

    /** A value that stays: the flow goes on and says nothing more. */
    private fun <T> once(read: suspend () -> T): Flow<T> =
        flow {
            emit(read())
            awaitCancellation()
        }

    /** What is the same in every state. */
    public companion object {
        /** The PIN that is wrong. */
        public const val WRONG_PIN: String = "000000"

        /** A number of something that is nowhere. */
        internal val NUMBER = "0".repeat(64)

        /** How long a follower waits between two steps. */
        internal val STEP = 1.seconds
        private const val TRIES = 4u
        private const val BACKUP = 2_048

        /** The states in which nothing is done with the account. */
        private val ACCOUNT =
            setOf(
                PreviewState.STALE,
                PreviewState.FENCED,
                PreviewState.FROZEN,
                PreviewState.RECOVERING,
                PreviewState.RECOVERY_OBJECTED,
                PreviewState.RECOVERY_UPHELD,
                PreviewState.RECOVERY_READY,
            )

        /** The states whose error is the answer to a review. A payment that is pending was reviewed and approved. */
        private val PAYING = ACCOUNT + setOf(PreviewState.REFUSED, PreviewState.NOT_ENOUGH, PreviewState.CARD_NEEDED)

        /** Those in which no credential is received, and none shown. */
        internal val RECEIVING = ACCOUNT + PreviewState.OFFER_UNKNOWN
        internal val PRESENTING = ACCOUNT + setOf(PreviewState.REQUEST_UNKNOWN, PreviewState.REQUEST_BEYOND)
    }
}

/** Whether it is this text. */
internal fun Secret.reads(text: String): Boolean {
    val typed = characters()
    return typed.contentEquals(text.toCharArray()).also { typed.fill('\u0000') }
}
