package kr.citizenwallet.android

import android.app.KeyguardManager
import android.content.Context
import android.content.pm.PackageManager
import android.hardware.biometrics.BiometricManager
import android.hardware.biometrics.BiometricManager.Authenticators
import android.os.Build

/** Whether a phone can make the wallet's keys; by it the first screen decides. */
public enum class KeystoreReadiness {
    /** It can. */
    READY,

    /** It has no screen lock: ask her to set one, by `Settings.ACTION_SECURITY_SETTINGS`. */
    NO_SCREEN_LOCK,

    /** It has a reader and no finger or face: ask her to enrol one, by `Settings.ACTION_BIOMETRIC_ENROLL` (Android 11). */
    NO_FINGER,

    /** It has no reader that is strong enough: [Confirmation.BIOMETRIC_OR_SCREEN_LOCK] is the way, or none before Android 11. */
    NO_HARDWARE,

    /** Its reader does not answer now, or waits for an update of the system: ask again later. */
    NOT_NOW,
}

/** What a phone says of its locks. */
internal interface Locks {
    /** Whether there is a PIN, a pattern or a password. */
    val hasScreenLock: Boolean

    /** What the system says of strong biometrics: one of `BIOMETRIC_SUCCESS`, `BIOMETRIC_ERROR_…`. */
    fun biometrics(api: Int): Int
}

internal fun Locks.readiness(
    by: Confirmation,
    api: Int,
): KeystoreReadiness =
    when {
        !hasScreenLock -> KeystoreReadiness.NO_SCREEN_LOCK
        by == Confirmation.BIOMETRIC_OR_SCREEN_LOCK && api >= Build.VERSION_CODES.R -> KeystoreReadiness.READY
        else -> readinessOf(biometrics(api))
    }

private fun readinessOf(code: Int) =
    when (code) {
        BiometricManager.BIOMETRIC_SUCCESS -> KeystoreReadiness.READY
        BiometricManager.BIOMETRIC_ERROR_NONE_ENROLLED -> KeystoreReadiness.NO_FINGER
        BiometricManager.BIOMETRIC_ERROR_NO_HARDWARE -> KeystoreReadiness.NO_HARDWARE
        else -> KeystoreReadiness.NOT_NOW
    }

/** The system's own answers. */
internal class PhoneLocks(
    private val context: Context,
) : Locks {
    override val hasScreenLock: Boolean get() = context.getSystemService(KeyguardManager::class.java).isDeviceSecure

    @Suppress("DEPRECATION")
    override fun biometrics(api: Int): Int =
        when {
            api >= Build.VERSION_CODES.R -> {
                context.getSystemService(BiometricManager::class.java).canAuthenticate(Authenticators.BIOMETRIC_STRONG)
            }

            api == Build.VERSION_CODES.Q -> {
                context.getSystemService(BiometricManager::class.java).canAuthenticate()
            }

            else -> {
                fingers()
            }
        }

    /** Android 9 knows fingers alone. */
    @Suppress("DEPRECATION")
    private fun fingers(): Int {
        val fingers = context.getSystemService(android.hardware.fingerprint.FingerprintManager::class.java)
        val hasReader = context.packageManager.hasSystemFeature(PackageManager.FEATURE_FINGERPRINT) && fingers?.isHardwareDetected == true
        return when {
            !hasReader -> BiometricManager.BIOMETRIC_ERROR_NO_HARDWARE
            fingers.hasEnrolledFingerprints() -> BiometricManager.BIOMETRIC_SUCCESS
            else -> BiometricManager.BIOMETRIC_ERROR_NONE_ENROLLED
        }
    }
}
