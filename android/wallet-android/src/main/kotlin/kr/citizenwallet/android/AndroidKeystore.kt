package kr.citizenwallet.android

import android.content.Context
import android.os.Build
import kr.citizenwallet.ffi.Keystore

/**
 * Keys in the phone's hardware: P-256 keys that sign in StrongBox, or in the TEE where there is none; beside each an AES key that wraps
 * half of what opens the store (the PIN is the other half).
 *
 * The account's key asks for each signature by way of [finger]; keys of credentials, of which ten come at once, ask once in 30 seconds.
 * With [Confirmation.BIOMETRIC] the system throws the keys away when a new finger or face is enrolled, and always when the screen lock is
 * taken off: the wallet then fails with `KeyInvalidated`, and is restored from its backup. Keys of credentials outlive a new finger before
 * Android 11.
 *
 * Ask [readiness] before an account is opened: on a phone without a screen lock, or without a finger where one is needed, no such key can
 * be made, and the wallet fails with `Refused` by `phone` (`screen-lock-needed`).
 *
 * @param attestationChallenge what the city wants to see in the statement that a key lives in hardware. Android makes the statement when
 * it makes the key, so the challenge is fetched before the wallet is created.
 */
public class AndroidKeystore(
    context: Context,
    finger: Finger,
    attestationChallenge: ByteArray? = null,
) : Keystore by HardwareKeystore(
        AndroidKeyRing(context, KeySpecs(finger.by, attestationChallenge, Build.VERSION.SDK_INT)),
        finger,
    ) {
    /** What there is to ask without a key store. */
    public companion object {
        /** Whether this phone can make keys that are confirmed so; and if not, what the citizen can do about it. */
        public fun readiness(
            context: Context,
            by: Confirmation = Confirmation.BIOMETRIC,
        ): KeystoreReadiness = PhoneLocks(context).readiness(by, Build.VERSION.SDK_INT)
    }
}
