package kr.citizenwallet

import kotlinx.coroutines.flow.Flow
import kr.citizenwallet.ffi.Coins
import kr.citizenwallet.ffi.OwnLimits
import kr.citizenwallet.ffi.WalletEvent
import kr.citizenwallet.ffi.WalletException
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
import kr.citizenwallet.library.LibraryWallet

/**
 * A citizen's wallet: one for the whole app, shared freely between screens and threads.
 *
 * Every suspending call may be started on the main thread, runs on threads of the library and can be cancelled at any moment; what the
 * citizen had approved stays approved. Failures are [WalletException]; [next] says what the screen does about one. Locked, every call but
 * [unlock] fails with [WalletException.Locked]; the wallet locks itself when it is left alone. After [release] every call fails with
 * [WalletException.Cancelled], after [close] with [IllegalStateException].
 *
 * The real one comes from [create], [open] or [restore]; a preview for UI work without a city is another implementation.
 */
public interface CitizenWallet : AutoCloseable {
    /** Tries a PIN. It is counted on the disk before it is tried; stretching it takes up to a second. */
    public suspend fun unlock(pin: Secret)

    /** Forgets the keys. Calls under way fail with [WalletException.Locked] at their next step. */
    public suspend fun lock()

    /** Locks it if its time is up, and says whether it is locked: for the app's timer, and for when it comes back to the front. */
    public suspend fun lockIfIdle(): Boolean

    /** Puts another PIN in the place of the old one. */
    public suspend fun changePin(
        old: Secret,
        new: Secret,
    )

    /** Makes a fresh recovery code, kept nowhere: the citizen writes it down, types it again, and it goes to [openAccount]. */
    public suspend fun generateRecoveryCode(): Secret

    /** Opens the account on the ledger. Called again after a crash it goes on: it opens one account or none. */
    public suspend fun openAccount(recoveryCode: Secret): AccountView

    /** Connects the holder's won account; [citizen] is how bank and treasury know her, never a resident registration number. */
    public suspend fun enrol(citizen: String): WonView

    /** The account's number, without asking anybody. */
    public suspend fun account(): AccountView

    /** Seals a backup under the recovery code. It holds no signing key. */
    public suspend fun backup(recoveryCode: Secret): ByteArray

    /** The city's trust file, as it is handed on with a receipt. */
    public suspend fun trustFile(): String

    /** Points by proof, won by the bank's word. Without a connection: the last verified numbers, marked stale. */
    public suspend fun balance(): BalanceView

    /** Won, by the bank's fresh word. */
    public suspend fun won(): WonView

    /** The one home screen: balance, open payments, the newest entries. */
    public suspend fun home(): HomeView

    /** The whole history, proved to be whole. */
    public suspend fun history(): HistoryView

    /** The log of who saw what of the citizen, when, and why; oldest first. */
    public suspend fun activityLog(): List<ActivityView>

    /** Claims points of a programme (`eco`) on some evidence. The same claim again brings the same points, once. */
    public suspend fun earn(
        programme: String,
        evidence: String,
    ): EarnView

    /** Brings everything up to date: what lies in the outbox is sent, what has ended is settled. At start, and when the app comes back. */
    public suspend fun sync(): SyncReport

    /** Whether points are spent first where a payment does not say. */
    public suspend fun preferPoints(first: Boolean)

    /** What happens, as it happens; nothing of before. */
    public val events: Flow<WalletEvent>

    /** The [balance] now, and again after whatever may have changed it. Fails as [balance] does: collect it again after unlocking. */
    public val balances: Flow<BalanceView>

    /** The [activityLog] now, and again after whatever may have added to it. */
    public val activity: Flow<List<ActivityView>>

    /** Reads a scanned text and asks the centre whose code it is. What cannot be paid is refused before anybody is asked. */
    public suspend fun scan(text: String): ScannedCode

    /** Checks everything about a payment and says what it will be; nothing happens. The [amount] is for codes that carry none. */
    public suspend fun reviewPayment(
        code: ScannedCode,
        amount: Won? = null,
        coins: Coins = Coins.Preferred,
    ): PaymentReview

    /** One payment of this phone, by its number. Nobody is asked. */
    public fun payment(id: String): Payment

    /** All payments of this phone, oldest first, as far as they are known without asking anybody. */
    public suspend fun payments(): List<PaymentView>

    /** The numbers of the payments of which a receipt is kept. */
    public suspend fun receipts(): List<String>

    /** Says what showing a code to a shop will allow: [total] at most, of which so much in points. */
    public suspend fun reviewCode(
        total: Won,
        coins: Coins = Coins.Preferred,
    ): CodeReview

    /** A code that this phone has shown, by the number of its payment. Nobody is asked. */
    public fun shownCode(id: String): ShownCode

    /** All codes of this phone, as far as they are known without asking anybody. */
    public suspend fun codes(): List<ShownCodeView>

    /** The text of a code under which this account is given points. */
    public suspend fun giftCode(): String

    /** Says what giving so many points to the holder of a gift code will be. */
    public suspend fun reviewGift(
        giftCode: String,
        points: Points,
    ): GiftReview

    /** Says what turning so many points into a gift certificate will be. */
    public suspend fun reviewRedemption(points: Points): RedemptionReview

    /** The limits in force and what is left of them, proved. */
    public suspend fun limits(): LimitsView

    /** Sets the citizen's own limits; `null` takes them back. Looser ones ask for the finger. */
    public suspend fun setLimits(limits: OwnLimits?): Submission

    /** A gift, a redemption or a change of limits, by its number. Nobody is asked. */
    public fun submission(id: String): Submission

    /** All of them, as far as they are known without asking anybody. */
    public suspend fun submissions(): List<SubmissionView>

    /** All polls of the city, the newest first, by proof. */
    public suspend fun polls(): List<PollView>

    /**
     * All polls, those of her district first: of the [district] that she chose, by its Korean name, or without it of the one that a
     * credential of hers says. Which it is stays on the phone.
     */
    public suspend fun pollsNear(district: String? = null): PollsNearView

    /** One poll, by its name. Nobody is asked. */
    public fun poll(id: String): Poll

    /** The card: this phone's key, and whether the ledger lets it be used; proved. */
    public suspend fun card(): CardView

    /**
     * The platform's statement over a [challenge], 1 to 128 bytes, that the card's key lives in hardware; nothing where the key store makes
     * none. For the app's own server: it is sent to nobody.
     */
    public suspend fun attest(challenge: ByteArray): ByteArray?

    /** Puts a new key in the place of this phone's; the finger may be asked twice. Cancelled, it goes on with the next [sync]. */
    public suspend fun rotateCard(): CardView

    /** Whether the account is stopped or about to be handed to another phone, proved; and until when she may object. */
    public suspend fun custody(): CustodyView

    /**
     * Stops the account of the recovery code: this wallet's, or that of a phone that is lost, also from a wallet without an account.
     * Follow it: it is so when the ledger says so.
     */
    public suspend fun freeze(recoveryCode: Secret): Submission

    /** Lets a stopped account go on with this phone. */
    public suspend fun unfreeze(recoveryCode: Secret): Submission

    /** Objects to a recovery that officers have filed: this phone is not lost. The finger is asked. */
    public suspend fun objectToRecovery(): Submission

    /** Has the issuer revoke all that it issued to her, on whichever phone it is: beside [freeze], or after a restore. */
    public suspend fun reportLoss(identity: Identity): LossView

    /**
     * Tells the officers of recovery whose account this is, while nothing is lost: without it they hand it to nobody who has no recovery
     * code. Asked twice, the first word stands.
     */
    public suspend fun enrolRecovery(identity: Identity): EnrolmentView

    /**
     * Asks the officers for the account, on a new phone without backup. The [recoveryCode] is a fresh one of [generateRecoveryCode], on
     * paper before this is called; [completeRecovery] needs it again. After a crash call it again, with the same: it goes on.
     */
    public suspend fun recoverByOffice(
        identity: Identity,
        recoveryCode: Secret,
    ): RecoveryView

    /** How far the recovery is that this phone has asked for, by proof; goes on with it as far as it goes now. */
    public suspend fun recovery(): RecoveryView

    /** The same, until the ledger shows what the officers have signed, or they have not signed. */
    public suspend fun followRecovery(): RecoveryView

    /** The old phone has objected, and she has shown again who she is: other officers say that it goes on. */
    public suspend fun upholdRecovery(): RecoveryView

    /**
     * Takes the account over after the wait, with the new recovery code. The finger is asked. The old phone can only show from then on.
     * This one knows nothing of the bank yet: [enrol] connects her account there again.
     */
    public suspend fun completeRecovery(recoveryCode: Secret): AccountView

    /** This phone, the old one, is not lost: whoever shows who she is has the officers drop the case. Follow it. */
    public suspend fun dismissRecovery(identity: Identity): Submission

    /**
     * Reads an offer of a credential out of a link or a scanned text, asks the issuer what it is and the registry who the issuer is.
     * Nothing is received.
     */
    public suspend fun reviewOffer(link: String): OfferReview

    /** The sign-in at an issuer's page that the browser may be open for; nothing if none waits. */
    public suspend fun pendingAuthorization(): AuthorizationView?

    /**
     * Goes on with the link that the browser came back with ([openLink] says so), and takes what was offered. A link that belongs to no
     * sign-in that waits changes nothing, and fails with [WalletException.Invalid].
     */
    public suspend fun completeAuthorization(link: String): List<CredentialView>

    /** Gives the sign-in up. The issuer hears nothing of it. */
    public suspend fun cancelAuthorization()

    /** All credentials that this phone holds, each verified again, without asking anybody. */
    public suspend fun credentials(): List<CredentialView>

    /** The [credentials] now, and again after whatever this app does with them. */
    public val heldCredentials: Flow<List<CredentialView>>

    /** One of them, by what the wallet calls it. Nobody is asked. */
    public fun credential(id: String): Credential

    /** What she has accepted and its issuer has not issued yet. Nobody is asked. */
    public suspend fun pendingCredentials(): List<PendingCredentialView>

    /** Gives up what of it has not come, by what the wallet calls it. The issuer hears nothing of it. */
    public suspend fun forgetPending(id: String)

    /**
     * Asks issuers for what they have not answered or have put off, and for fresh copies of what runs out; then asks the registry about the
     * issuers and fetches whole lists of statuses: nobody learns whose is looked at.
     */
    public suspend fun refreshCredentials(): List<CredentialView>

    /**
     * Reads a request for credentials out of a link or a scanned text, asks the registry who asks, and looks what could be shown. Nothing
     * is shown, and whom the registry does not have hears nothing.
     */
    public suspend fun reviewPresentation(link: String): PresentationReview

    /** Services that know her by keys of this phone, each by one that no other sees. Nobody is asked. */
    public suspend fun services(): List<ServiceView>

    /** The [services] now, and again after whatever this app does with credentials. */
    public val knownServices: Flow<List<ServiceView>>

    /** One of them, by what the wallet calls it. Nobody is asked. */
    public fun service(id: String): Service

    /** Who saw what of her by credentials, when, and why; oldest first. */
    public suspend fun credentialLog(): List<CredentialEventView>

    /** The [credentialLog] now, and again after whatever this app does with credentials. */
    public val credentialEvents: Flow<List<CredentialEventView>>

    /** Stops every call under way, waits until they have ended and the files are free. The wallet can then be opened again. */
    public suspend fun release()

    /** Begins what [release] does, returns at once, and lets go of the wallet. Closing twice is fine. */
    override fun close()

    /** How one has a wallet. */
    public companion object {
        /**
         * Makes a wallet and leaves it unlocked; nothing is sent. Next: [generateRecoveryCode], [openAccount].
         * The config names the city.
         */
        public suspend fun create(
            config: WalletConfig,
            pin: Secret,
        ): CitizenWallet = LibraryWallet.create(config, pin)

        /** Opens a wallet that was made before. It is locked; no network is used. */
        public suspend fun open(config: WalletConfig): CitizenWallet = LibraryWallet.open(config)

        /** Opens a wallet and unlocks it; on a wrong PIN the files are free again. */
        public suspend fun open(
            config: WalletConfig,
            pin: Secret,
        ): CitizenWallet = LibraryWallet.open(config, pin)

        /**
         * Makes a wallet out of a backup, with new keys. The old phone can only show from then on. Interrupted, call it again.
         */
        public suspend fun restore(
            config: WalletConfig,
            backup: ByteArray,
            recoveryCode: Secret,
            pin: Secret,
        ): CitizenWallet = LibraryWallet.restore(config, backup, recoveryCode, pin)
    }
}
