package kr.citizenwallet.library

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.mapNotNull
import kotlinx.coroutines.withContext
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
import kr.citizenwallet.WalletConfig
import kr.citizenwallet.Won
import kr.citizenwallet.ffi.Coins
import kr.citizenwallet.ffi.OwnLimits
import kr.citizenwallet.ffi.Wallet
import kr.citizenwallet.ffi.WalletEvent
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
import kr.citizenwallet.ffi.view.RecoveryView
import kr.citizenwallet.ffi.view.ServiceView
import kr.citizenwallet.ffi.view.ShownCodeView
import kr.citizenwallet.ffi.view.SubmissionView
import kr.citizenwallet.ffi.view.SyncReport
import kr.citizenwallet.ffi.view.WonView

/** The wallet of the native library. */
internal class LibraryWallet private constructor(
    private val wallet: Wallet,
    internal val news: News,
) : CitizenWallet {
    @Volatile
    private var isClosed = false

    private val ending by lazy {
        closing.async {
            try {
                wallet.release()
            } finally {
                wallet.close()
            }
        }
    }

    /** Asks the library. */
    internal suspend fun <T> ask(call: suspend Wallet.() -> T): T {
        check(!isClosed) { CLOSED }
        return try {
            wallet.call()
        } catch (cancelled: CancellationException) {
            // It is an IllegalStateException too.
            throw cancelled
        } catch (late: IllegalStateException) {
            // Closed between the look and the call: the library's object says so in its own words.
            throw if (isClosed) IllegalStateException(CLOSED, late) else late
        }
    }

    /** Has the library do something of which flows tell. */
    internal suspend fun <T> act(call: suspend Wallet.() -> T): T =
        try {
            ask(call)
        } finally {
            news.changed()
        }

    /** Has the library do something, in a poll or with credentials, of which those flows tell that ask nobody. */
    internal suspend fun <T> quietly(call: suspend Wallet.() -> T): T =
        try {
            ask(call)
        } finally {
            news.changedQuietly()
        }

    override suspend fun unlock(pin: Secret): Unit = pin.lend { act { unlock(it) } }

    override suspend fun lock(): Unit = ask { lock() }

    override suspend fun lockIfIdle(): Boolean = ask { lockIfIdle() }

    override suspend fun changePin(
        old: Secret,
        new: Secret,
    ): Unit = old.lend { old -> new.lend { new -> ask { changePin(old, new) } } }

    override suspend fun generateRecoveryCode(): Secret = Secret(ask { generateRecoveryCode() })

    override suspend fun openAccount(recoveryCode: Secret): AccountView = recoveryCode.lend { act { openAccount(it) } }

    override suspend fun enrol(citizen: String): WonView = act { enrol(citizen) }

    override suspend fun account(): AccountView = ask { account() }

    override suspend fun backup(recoveryCode: Secret): ByteArray = recoveryCode.lend { act { backup(it) } }

    override suspend fun trustFile(): String = ask { trustFile() }

    override suspend fun balance(): BalanceView = ask { balance() }

    override suspend fun won(): WonView = ask { won() }

    override suspend fun home(): HomeView = ask { home() }

    override suspend fun history(): HistoryView = ask { history() }

    override suspend fun activityLog(): List<ActivityView> = ask { activity() }

    override suspend fun earn(
        programme: String,
        evidence: String,
    ): EarnView = act { earn(programme, evidence) }

    override suspend fun sync(): SyncReport = act { sync() }

    override suspend fun preferPoints(first: Boolean): Unit = ask { preferPoints(first) }

    override val events: Flow<WalletEvent> get() = news.items.mapNotNull { it.event }

    override val balances: Flow<BalanceView> get() = news.watchByName { balance() }

    override val activity: Flow<List<ActivityView>> get() = news.watch { activityLog() }

    override suspend fun scan(text: String): ScannedCode = LibraryCode(act { scanText(text) })

    override suspend fun reviewPayment(
        code: ScannedCode,
        amount: Won?,
        coins: Coins,
    ): PaymentReview {
        require(code is LibraryCode) { "a code of another wallet" }
        return code.held.lend { LibraryPaymentReview(this, ask { reviewPayment(it, coins, amount?.amount) }) }
    }

    override fun payment(id: String): Payment = LibraryPayment(this, id)

    override suspend fun payments(): List<PaymentView> = ask { payments() }

    override suspend fun receipts(): List<String> = ask { receipts() }

    override suspend fun reviewCode(
        total: Won,
        coins: Coins,
    ): CodeReview = LibraryCodeReview(this, ask { reviewCode(total.amount, coins) })

    override fun shownCode(id: String): ShownCode = LibraryShownCode(this, id)

    override suspend fun codes(): List<ShownCodeView> = ask { codes() }

    override suspend fun giftCode(): String = ask { giftCode() }

    override suspend fun reviewGift(
        giftCode: String,
        points: Points,
    ): GiftReview = LibraryGiftReview(this, ask { reviewGift(giftCode, points.amount) })

    override suspend fun reviewRedemption(points: Points): RedemptionReview =
        LibraryRedemptionReview(this, ask { reviewRedemption(points.amount) })

    override suspend fun limits(): LimitsView = ask { limits() }

    override suspend fun setLimits(limits: OwnLimits?): Submission = LibrarySubmission(this, act { setLimits(limits) }.id)

    override fun submission(id: String): Submission = LibrarySubmission(this, id)

    override suspend fun submissions(): List<SubmissionView> = ask { submissions() }

    override suspend fun polls(): List<PollView> = ask { polls() }

    override suspend fun pollsNear(district: String?): PollsNearView = ask { pollsNear(district) }

    override fun poll(id: String): Poll = LibraryPoll(this, id)

    override suspend fun card(): CardView = ask { card() }

    override suspend fun attest(challenge: ByteArray): ByteArray? = ask { attest(challenge) }

    override suspend fun rotateCard(): CardView = act { rotateCard() }

    override suspend fun custody(): CustodyView = ask { custody() }

    override suspend fun freeze(recoveryCode: Secret): Submission = submitted { recoveryCode.lend { freeze(it) } }

    override suspend fun unfreeze(recoveryCode: Secret): Submission = submitted { recoveryCode.lend { unfreeze(it) } }

    override suspend fun objectToRecovery(): Submission = submitted { objectToRecovery() }

    override suspend fun reportLoss(identity: Identity): LossView = act { reportLoss(identity.library) }

    override suspend fun enrolRecovery(identity: Identity): EnrolmentView = act { enrolRecovery(identity.library) }

    override suspend fun recoverByOffice(
        identity: Identity,
        recoveryCode: Secret,
    ): RecoveryView = recoveryCode.lend { act { recoverByOffice(identity.library, it) } }

    override suspend fun recovery(): RecoveryView = act { recovery() }

    override suspend fun followRecovery(): RecoveryView = act { followRecovery() }

    override suspend fun upholdRecovery(): RecoveryView = act { upholdRecovery() }

    override suspend fun completeRecovery(recoveryCode: Secret): AccountView = recoveryCode.lend { act { completeRecovery(it) } }

    override suspend fun dismissRecovery(identity: Identity): Submission = submitted { dismissRecovery(identity.library) }

    override suspend fun reviewOffer(link: String): OfferReview = LibraryOfferReview(this, ask { reviewOffer(link) })

    override suspend fun pendingAuthorization(): AuthorizationView? = ask { pendingAuthorization() }

    override suspend fun completeAuthorization(link: String): List<CredentialView> = quietly { completeAuthorization(link) }

    override suspend fun cancelAuthorization(): Unit = quietly { cancelAuthorization() }

    override suspend fun credentials(): List<CredentialView> = ask { credentials() }

    override val heldCredentials: Flow<List<CredentialView>> get() = news.watch { credentials() }

    override fun credential(id: String): Credential = LibraryCredential(this, id)

    override suspend fun pendingCredentials(): List<PendingCredentialView> = ask { pendingCredentials() }

    override suspend fun forgetPending(id: String): Unit = quietly { forgetPending(id) }

    override suspend fun refreshCredentials(): List<CredentialView> = quietly { refreshCredentials() }

    override suspend fun reviewPresentation(link: String): PresentationReview =
        LibraryPresentationReview(this, ask { reviewPresentation(link) })

    override suspend fun services(): List<ServiceView> = ask { services() }

    override val knownServices: Flow<List<ServiceView>> get() = news.watch { services() }

    override fun service(id: String): Service = LibraryService(this, id)

    override suspend fun credentialLog(): List<CredentialEventView> = ask { credentialLog() }

    override val credentialEvents: Flow<List<CredentialEventView>> get() = news.watch { credentialLog() }

    override suspend fun release(): Unit = if (isClosed) ending.await() else wallet.release()

    override fun close() {
        isClosed = true
        ending.start()
    }

    private suspend fun submitted(call: suspend Wallet.() -> SubmissionView): Submission = LibrarySubmission(this, act(call).id)

    /** Nobody gets to have it: its files are free when this returns, also for a caller that was cancelled. */
    private suspend fun giveUp() =
        withContext(NonCancellable) {
            close()
            release()
        }

    internal companion object {
        private const val CLOSED = "this wallet is closed"

        /** Closing waits for what cannot be stopped, such as a PIN that is being stretched: not on the caller's thread. */
        private val closing = CoroutineScope(SupervisorJob() + Dispatchers.Default)

        suspend fun create(
            config: WalletConfig,
            pin: Secret,
        ) = made(config) { platform -> pin.lend { Wallet.create(config.place(), platform, it) } }

        suspend fun open(config: WalletConfig) = made(config) { Wallet.open(config.place(), it) }

        suspend fun open(
            config: WalletConfig,
            pin: Secret,
        ) = open(config).also { wallet ->
            var isUnlocked = false
            try {
                wallet.unlock(pin)
                isUnlocked = true
            } finally {
                if (!isUnlocked) wallet.giveUp()
            }
        }

        suspend fun restore(
            config: WalletConfig,
            backup: ByteArray,
            recoveryCode: Secret,
            pin: Secret,
        ) = made(config) { platform ->
            recoveryCode.lend { code -> pin.lend { Wallet.restore(config.place(), platform, backup, code, it) } }
        }

        private suspend fun made(
            config: WalletConfig,
            make: suspend (kr.citizenwallet.ffi.Platform) -> Wallet,
        ): LibraryWallet {
            val news = News()
            return LibraryWallet(config.platform(news).use { make(it) }, news)
        }
    }
}
