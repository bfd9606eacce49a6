package kr.citizenwallet.android

import java.security.Signature

/**
 * Asks the citizen to confirm a signature: [BiometricFinger] on a phone, or a screen of the app's own.
 *
 * Throw `KeystoreException.Cancelled` if she does not want to and `KeystoreException.Locked` if the system asks for a wait. The coroutine
 * is cancelled when nobody waits for the signature any more: take the prompt away.
 */
public fun interface Finger {
    /** Answers the same signature, which may sign now. */
    public suspend fun confirm(signature: Signature): Signature
}
