package kr.citizenwallet.android

import kr.citizenwallet.ffi.SigningReason
import java.security.Signature

/**
 * Asks the citizen: [BiometricFinger] on a phone, or a screen of the app's own.
 *
 * Throw `KeystoreException.Cancelled` if she does not want to and `KeystoreException.Locked` if the system asks for a wait. The coroutine
 * is cancelled when nobody waits for the answer any more: take the prompt away.
 */
public interface Finger {
    /** What she may confirm with; keys are made for it. The same each time the app starts. */
    public val by: Confirmation get() = Confirmation.BIOMETRIC

    /**
     * Asks for this one signature and answers it: it may sign now. What costs something or binds her is asked for so. Say the [reason]
     * beside the finger: it is made of what is signed.
     */
    public suspend fun confirm(
        signature: Signature,
        reason: SigningReason,
    ): Signature

    /**
     * Asks who is there, for no signature of its own: keys of credentials then sign for the next 30 seconds. The [reason] is that of the
     * first of them.
     */
    public suspend fun authenticate(reason: SigningReason)
}
