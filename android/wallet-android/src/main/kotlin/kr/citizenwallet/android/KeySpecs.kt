package kr.citizenwallet.android

import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import kr.citizenwallet.ffi.KeyPurpose
import java.security.spec.ECGenParameterSpec

/**
 * What is asked of the platform about a key. Apart from [AndroidKeyRing], so that tests hand it to the platform's own code.
 *
 * @property by what a citizen confirms with.
 * @property challenge what the platform's statement about a signing key answers.
 * @property api the phone's `SDK_INT`.
 */
internal class KeySpecs(
    private val by: Confirmation,
    private val challenge: ByteArray?,
    private val api: Int,
) {
    /** A P-256 key that signs, once she has confirmed. */
    fun signing(
        name: String,
        purpose: KeyPurpose,
        home: KeyHome,
    ): KeyGenParameterSpec =
        KeyGenParameterSpec
            .Builder(name, KeyProperties.PURPOSE_SIGN)
            .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
            .setDigests(KeyProperties.DIGEST_SHA256)
            .setUserAuthenticationRequired(true)
            // Heeded only where biometrics alone are named below: with the screen lock beside them the platform binds a key to that.
            .setInvalidatedByBiometricEnrollment(true)
            .apply { if (challenge != null) setAttestationChallenge(challenge) }
            .confirmed(purpose)
            .at(home)

    /** An AES-256 key for GCM, which asks for nobody: without it the store would be lost with every new finger. */
    fun wrapping(
        name: String,
        home: KeyHome,
    ): KeyGenParameterSpec =
        KeyGenParameterSpec
            .Builder(name, KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            .setKeySize(KEY_BITS)
            .at(home)

    private fun KeyGenParameterSpec.Builder.confirmed(purpose: KeyPurpose) =
        apply {
            val seconds = if (purpose == KeyPurpose.TOKEN) RECENT else EACH_TIME
            // Before Android 11 a key without a duration asks for a finger each time; with one any unlocking counts, and the key hangs on
            // the screen lock, whatever is said above.
            when {
                api >= Build.VERSION_CODES.R -> setUserAuthenticationParameters(seconds, authenticators())
                seconds > EACH_TIME -> recently(seconds)
            }
        }

    private fun authenticators() =
        when (by) {
            Confirmation.BIOMETRIC -> KeyProperties.AUTH_BIOMETRIC_STRONG
            Confirmation.BIOMETRIC_OR_SCREEN_LOCK -> KeyProperties.AUTH_BIOMETRIC_STRONG or KeyProperties.AUTH_DEVICE_CREDENTIAL
        }

    @Suppress("DEPRECATION")
    private fun KeyGenParameterSpec.Builder.recently(seconds: Int) = setUserAuthenticationValidityDurationSeconds(seconds)

    private fun KeyGenParameterSpec.Builder.at(home: KeyHome): KeyGenParameterSpec {
        // Android 12 to 14 lose such a key with the screen lock, and refuse it where a face of the weaker kind has unlocked the phone
        // (the platform's warning at this method): the store would go with it. Their keys stand on the confirmation and on the PIN alone.
        if (api !in Build.VERSION_CODES.S..Build.VERSION_CODES.UPSIDE_DOWN_CAKE) setUnlockedDeviceRequired(true)
        setIsStrongBoxBacked(home == KeyHome.STRONG_BOX)
        return build()
    }

    private companion object {
        const val KEY_BITS = 256
        const val EACH_TIME = 0

        /** Seconds for which one confirmation is enough for the keys of credentials. */
        const val RECENT = 30
    }
}
