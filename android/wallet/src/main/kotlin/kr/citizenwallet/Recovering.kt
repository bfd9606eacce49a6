package kr.citizenwallet

import kr.citizenwallet.ffi.view.CustodyView
import kr.citizenwallet.ffi.view.RecoveryView
import kr.citizenwallet.ffi.Identity as LibraryIdentity

/**
 * Who somebody is, as the register of residents has her. It says nothing of itself in a log.
 *
 * @property number her number in the register; never a resident registration number.
 * @property name her name, as she writes it.
 * @property birthDate her day of birth: `1999-03-02`.
 */
public class Identity(
    public val number: String,
    public val name: String,
    public val birthDate: String,
) {
    internal val library: LibraryIdentity get() = LibraryIdentity(number, name, birthDate)

    /** Says nothing of it. */
    override fun toString(): String = "Identity(hidden)"
}

/** What comes next in a recovery: what the new phone's screen offers. */
public sealed interface RecoveryStep {
    /**
     * She shows more officers who she is; then [CitizenWallet.recovery] goes on.
     *
     * @property approved how many officers have approved.
     * @property needed how many must.
     */
    public data class ShowMore(
        val approved: ULong,
        val needed: ULong,
    ) : RecoveryStep

    /** The officers have signed, and it is on its way: [CitizenWallet.followRecovery]. */
    public data object Follow : RecoveryStep

    /**
     * She waits; the old phone may object meanwhile, unless it has already.
     *
     * @property until from when on this phone may take over, in seconds since 1970, by the ledger.
     */
    public data class Wait(
        val until: ULong,
    ) : RecoveryStep

    /** The old phone says that it is not lost: she shows other officers who she is, then [CitizenWallet.upholdRecovery]. */
    public data object Uphold : RecoveryStep

    /** The wait is over: she types the new recovery code, and [CitizenWallet.completeRecovery] takes the account over. */
    public data object Complete : RecoveryStep

    /** The officers have dropped the case: [CitizenWallet.recoverByOffice] asks anew. */
    public data object AskAnew : RecoveryStep
}

/** What comes next. The sentence to show is the view's `text` in every case. */
public val RecoveryView.next: RecoveryStep
    get() =
        when (state) {
            "asking" -> RecoveryStep.ShowMore(approved, needed)
            "objected" -> RecoveryStep.Uphold
            "ready" -> RecoveryStep.Complete
            "dismissed" -> RecoveryStep.AskAnew
            else -> effective?.let(RecoveryStep::Wait) ?: RecoveryStep.Follow
        }

/** Whether officers are about to hand the account to another phone: proved, never said. It stands still until that is over. */
public val CustodyView.isUnderRecovery: Boolean get() = state.startsWith("recovery-")
