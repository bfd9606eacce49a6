package kr.citizenwallet.android

import android.content.Context
import kr.citizenwallet.ffi.Keystore

/**
 * Keys in the phone's hardware: P-256 keys that sign in StrongBox, or in the TEE where there is none; beside each an AES key that wraps
 * half of what opens the store (the PIN is the other half).
 *
 * Each signature asks the citizen's finger, face or screen lock by way of [finger]. A key is thrown away by the system when a new finger
 * or face is enrolled or the screen lock is taken off: the wallet then fails with `KeyInvalidated`, and is restored from its backup.
 *
 * @param attestationChallenge what the city wants to see in the statement that a key lives in hardware. Android makes the statement when
 * it makes the key, so the challenge is fetched before the wallet is created.
 */
public class AndroidKeystore(
    context: Context,
    finger: Finger,
    attestationChallenge: ByteArray? = null,
) : Keystore by HardwareKeystore(AndroidKeyRing(context, attestationChallenge), finger)
