package kr.citizenwallet

import kr.citizenwallet.ffi.Amount
import kr.citizenwallet.ffi.WalletException
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

/** What a screen does about a [WalletException]. The sentence to show is the error's `text(language)` in every case. */
public sealed interface NextStep {
    /**
     * Show the PIN screen. After a wrong PIN: so many tries are left, or so long to wait.
     *
     * @property triesLeft how many tries are left; nothing if none was made.
     * @property wait how long until the next try.
     */
    public data class AskPin(
        val triesLeft: Int?,
        val wait: Duration,
    ) : NextStep

    /** No connection, nothing was sent: offer to try again. */
    public data object TryAgain : NextStep

    /** No connection, but it lies in the outbox: say that it will be sent. */
    public data object WillBeSent : NextStep

    /**
     * Say "being checked", never "paid" and never "failed". It ends by itself: follow the payment.
     *
     * @property payment its number.
     */
    public data class BeingChecked(
        val payment: String,
    ) : NextStep

    /**
     * Show the last verified numbers greyed, with their time (seconds since 1970); approve nothing.
     *
     * @property asOf when they were verified.
     */
    public data class ShowStale(
        val asOf: ULong,
    ) : NextStep

    /**
     * Ask to set the phone's clock, which is off by so much.
     *
     * @property by how far it is off.
     */
    public data class SetClock(
        val by: Duration,
    ) : NextStep

    /**
     * An answer failed its check, or a stranger gave it: show no number of it. Report it; another gateway may be tried.
     *
     * @property source who answered, or claims to.
     */
    public data class ShowNothing(
        val source: String,
    ) : NextStep

    /**
     * The amount is too large: show what there is, or what the limit leaves.
     *
     * @property available what there is, or what is left.
     * @property resets when the limit is reset, in seconds since 1970; nothing if it never is.
     */
    public data class ChangeAmount(
        val available: Amount,
        val resets: ULong?,
    ) : NextStep

    /**
     * The other side refused: show its reason, which the sentence gives.
     *
     * @property by who refused.
     * @property reason a stable word for why.
     */
    public data class ShowReason(
        val by: String,
        val reason: String,
    ) : NextStep

    /**
     * The code, the review, the offer has expired: make a new one.
     *
     * @property what what has expired.
     */
    public data class Renew(
        val what: String,
    ) : NextStep

    /**
     * Say that this is no code to pay, and where it breaks which rule.
     *
     * @property rule the rule that it breaks.
     * @property position where, in characters from 0.
     */
    public data class NotACode(
        val rule: String,
        val position: ULong,
    ) : NextStep

    /** The keys or the store are gone: restore from the backup. */
    public data object Restore : NextStep

    /**
     * Another phone was restored from this wallet: this one can only show.
     *
     * @property since since when, in seconds since 1970, by the ledger.
     */
    public data class OnlyShow(
        val since: ULong,
    ) : NextStep

    /** Ask to update the app. */
    public data object UpdateApp : NextStep

    /** Another instance has the wallet open: use that one, or release it. */
    public data object CloseOther : NextStep

    /** Ask to free space; nothing acknowledged is lost. */
    public data object FreeSpace : NextStep

    /** Fetch a newer proof for the receipt: [refreshReceipt]. */
    public data object RefreshReceipt : NextStep

    /**
     * What was typed cannot be used: show why beside the input.
     *
     * @property reason a stable word for why.
     */
    public data class CorrectInput(
        val reason: String,
    ) : NextStep

    /**
     * A fault of the program: show the incident to report. It names nobody.
     *
     * @property incident where in the program it happened.
     */
    public data class Report(
        val incident: String,
    ) : NextStep

    /** The citizen stopped it: show nothing. */
    public data object Nothing : NextStep
}

/** What the screen does next. */
public val WalletException.next: NextStep
    get() =
        when (this) {
            is WalletException.Locked -> NextStep.AskPin(null, Duration.ZERO)
            is WalletException.WrongPin -> NextStep.AskPin(triesLeft.toInt(), waitSeconds.toLong().seconds)
            is WalletException.Offline -> if (canQueue) NextStep.WillBeSent else NextStep.TryAgain
            is WalletException.Pending -> NextStep.BeingChecked(payment)
            is WalletException.Stale -> NextStep.ShowStale(asOf)
            is WalletException.ClockWrong -> NextStep.SetClock(bySeconds.toLong().seconds)
            is WalletException.Unverified -> NextStep.ShowNothing(origin)
            is WalletException.UnknownParty -> NextStep.ShowNothing(claimsToBe)
            is WalletException.NotEnough -> NextStep.ChangeAmount(available, resets = null)
            is WalletException.Limit -> NextStep.ChangeAmount(left, resets)
            is WalletException.Refused -> NextStep.ShowReason(by, reason)
            is WalletException.Expired -> NextStep.Renew(what)
            is WalletException.BadCode -> NextStep.NotACode(rule, position)
            is WalletException.KeyInvalidated -> NextStep.Restore
            is WalletException.NeedsRestore -> NextStep.Restore
            is WalletException.StoreDamaged -> NextStep.Restore
            is WalletException.Fenced -> NextStep.OnlyShow(since)
            is WalletException.NeedsUpdate -> NextStep.UpdateApp
            is WalletException.StoreBusy -> NextStep.CloseOther
            is WalletException.StorageFull -> NextStep.FreeSpace
            is WalletException.NeedsRefresh -> NextStep.RefreshReceipt
            is WalletException.Invalid -> NextStep.CorrectInput(reason)
            is WalletException.Internal -> NextStep.Report(incident)
            is WalletException.Cancelled -> NextStep.Nothing
        }
