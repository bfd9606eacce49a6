package kr.citizenwallet.android

import android.app.Activity
import android.hardware.biometrics.BiometricManager.Authenticators
import android.hardware.biometrics.BiometricPrompt
import android.os.Build
import android.os.CancellationSignal
import kotlinx.coroutines.CancellableContinuation
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull
import kr.citizenwallet.ffi.KeystoreException
import kr.citizenwallet.ffi.Language
import kr.citizenwallet.ffi.SigningReason
import kr.citizenwallet.text
import java.security.Signature
import java.util.Locale
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/**
 * The system's own prompt: under the title the reason, in the language of the phone.
 *
 * @param title the same for every prompt.
 * @param cancel the prompt's other button, where the screen lock is not the other way.
 * @property by what she may confirm with; the keys are made for the same.
 * @param words how a reason is said: by its own sentence, in Korean where the phone is in Korean, else in English. What an app says in its
 * place has to name what is signed: she may have read nothing else.
 * @param activity the one in front. Nothing while none is, as while the system's own screen for the lock covers the app: it is waited for
 * ten seconds, and then the call fails. It never counts as her saying no.
 */
public class BiometricFinger(
    private val title: CharSequence = "본인 확인 · Confirm it is you",
    private val cancel: CharSequence = "취소 · Cancel",
    override val by: Confirmation = Confirmation.BIOMETRIC,
    private val words: (SigningReason) -> CharSequence = { said(it) },
    private val activity: () -> Activity?,
) : Finger {
    override suspend fun confirm(
        signature: Signature,
        reason: SigningReason,
    ): Signature = asked(BiometricPrompt.CryptoObject(signature), reason).cryptoObject?.signature ?: signature

    override suspend fun authenticate(reason: SigningReason) {
        asked(null, reason)
    }

    private suspend fun asked(
        what: BiometricPrompt.CryptoObject?,
        reason: SigningReason,
    ): BiometricPrompt.AuthenticationResult =
        withContext(Dispatchers.Main) {
            val front = front(PATIENCE, activity)
            suspendCancellableCoroutine { continuation -> ask(front, what, words(reason), continuation) }
        }

    private fun ask(
        front: Activity,
        what: BiometricPrompt.CryptoObject?,
        said: CharSequence,
        continuation: CancellableContinuation<BiometricPrompt.AuthenticationResult>,
    ) {
        val gone = CancellationSignal()
        continuation.invokeOnCancellation { gone.cancel() }
        val answer = Answer(continuation)
        val prompt = BiometricPrompt.Builder(front).setTitle(title).setDescription(said)
        val api = Build.VERSION.SDK_INT
        if (api >= Build.VERSION_CODES.R) prompt.setAllowedAuthenticators(authenticators(by))
        // The system shows one or the other, and refuses a prompt with both or with neither.
        if (hasButton(by, api)) {
            prompt.setNegativeButton(cancel, front.mainExecutor) { _, _ -> answer.refuse(KeystoreException.Cancelled()) }
        }
        val built = prompt.build()
        if (what == null) {
            built.authenticate(gone, front.mainExecutor, answer)
        } else {
            built.authenticate(what, gone, front.mainExecutor, answer)
        }
    }

    private class Answer(
        private val continuation: CancellableContinuation<BiometricPrompt.AuthenticationResult>,
    ) : BiometricPrompt.AuthenticationCallback() {
        override fun onAuthenticationSucceeded(result: BiometricPrompt.AuthenticationResult) {
            if (continuation.isActive) continuation.resume(result)
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
        private val PATIENCE = 10.seconds
        private val PAUSE = 50.milliseconds

        /** An activity that is in front, or comes back to it. */
        suspend fun <T : Any> front(
            patience: Duration,
            activity: () -> T?,
        ): T =
            withTimeoutOrNull(patience) {
                var front = activity()
                while (front == null) {
                    delay(PAUSE)
                    front = activity()
                }
                front
            } ?: throw KeystoreException.Failed().apply { initCause(IllegalStateException("no activity in front: nowhere to ask")) }

        /** A reason's own sentence, in a language that the phone is in. */
        fun said(
            reason: SigningReason,
            locale: Locale = Locale.getDefault(),
        ): String = reason.text.text(if (locale.language == "ko") Language.KOREAN else Language.ENGLISH)

        /** Whom the prompt takes, from Android 11. */
        fun authenticators(by: Confirmation): Int =
            when (by) {
                Confirmation.BIOMETRIC -> Authenticators.BIOMETRIC_STRONG
                Confirmation.BIOMETRIC_OR_SCREEN_LOCK -> Authenticators.BIOMETRIC_STRONG or Authenticators.DEVICE_CREDENTIAL
            }

        /** Whether the prompt has a button of the app's own. */
        fun hasButton(
            by: Confirmation,
            api: Int,
        ): Boolean = by == Confirmation.BIOMETRIC || api < Build.VERSION_CODES.R

        /** What an error of the prompt means to the wallet. */
        fun refusal(code: Int): KeystoreException =
            when (code) {
                BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT, BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT_PERMANENT -> KeystoreException.Locked()
                BiometricPrompt.BIOMETRIC_ERROR_USER_CANCELED, BiometricPrompt.BIOMETRIC_ERROR_CANCELED -> KeystoreException.Cancelled()
                BiometricPrompt.BIOMETRIC_ERROR_TIMEOUT -> KeystoreException.Cancelled()
                BiometricPrompt.BIOMETRIC_ERROR_NO_BIOMETRICS -> KeystoreException.NotSetUp()
                BiometricPrompt.BIOMETRIC_ERROR_HW_NOT_PRESENT -> KeystoreException.NotSetUp()
                BiometricPrompt.BIOMETRIC_ERROR_NO_DEVICE_CREDENTIAL -> KeystoreException.NotSetUp()
                else -> KeystoreException.Failed()
            }
    }
}
