package kr.citizenwallet.android

import android.app.Activity
import android.hardware.biometrics.BiometricManager.Authenticators
import android.hardware.biometrics.BiometricPrompt
import android.os.Build
import android.os.CancellationSignal
import kotlinx.coroutines.CancellableContinuation
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withContext
import kr.citizenwallet.ffi.KeystoreException
import java.security.Signature
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException

/**
 * The system's own prompt, with the screen lock as the other way where the system allows it (Android 11).
 *
 * @param activity the one in front; nothing if none is: the prompt is then taken for cancelled.
 */
public class BiometricFinger(
    private val title: CharSequence,
    private val cancel: CharSequence,
    private val activity: () -> Activity?,
) : Finger {
    override suspend fun confirm(signature: Signature): Signature =
        withContext(Dispatchers.Main) {
            val front = activity() ?: throw KeystoreException.Cancelled()
            suspendCancellableCoroutine { continuation -> ask(front, signature, continuation) }
        }

    private fun ask(
        front: Activity,
        signature: Signature,
        continuation: CancellableContinuation<Signature>,
    ) {
        val gone = CancellationSignal()
        continuation.invokeOnCancellation { gone.cancel() }
        val answer = Answer(signature, continuation)
        val prompt = BiometricPrompt.Builder(front).setTitle(title)
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
            prompt.setAllowedAuthenticators(Authenticators.BIOMETRIC_STRONG or Authenticators.DEVICE_CREDENTIAL)
        } else {
            prompt.setNegativeButton(cancel, front.mainExecutor) { _, _ -> answer.refuse(KeystoreException.Cancelled()) }
        }
        prompt.build().authenticate(BiometricPrompt.CryptoObject(signature), gone, front.mainExecutor, answer)
    }

    private class Answer(
        private val signature: Signature,
        private val continuation: CancellableContinuation<Signature>,
    ) : BiometricPrompt.AuthenticationCallback() {
        override fun onAuthenticationSucceeded(result: BiometricPrompt.AuthenticationResult) {
            if (continuation.isActive) continuation.resume(result.cryptoObject?.signature ?: signature)
        }

        override fun onAuthenticationError(
            code: Int,
            text: CharSequence?,
        ) = refuse(refusal(code))

        fun refuse(why: KeystoreException) {
            if (continuation.isActive) continuation.resumeWithException(why)
        }
    }

    internal companion object {
        /** What an error of the prompt means to the wallet. */
        fun refusal(code: Int): KeystoreException =
            when (code) {
                BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT, BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT_PERMANENT -> KeystoreException.Locked()
                BiometricPrompt.BIOMETRIC_ERROR_USER_CANCELED, BiometricPrompt.BIOMETRIC_ERROR_CANCELED -> KeystoreException.Cancelled()
                BiometricPrompt.BIOMETRIC_ERROR_TIMEOUT -> KeystoreException.Cancelled()
                else -> KeystoreException.Failed()
            }
    }
}
