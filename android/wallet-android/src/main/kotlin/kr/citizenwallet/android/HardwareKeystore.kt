package kr.citizenwallet.android

import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.StrongBoxUnavailableException
import android.security.keystore.UserNotAuthenticatedException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import kr.citizenwallet.ffi.KeyPurpose
import kr.citizenwallet.ffi.Keystore
import kr.citizenwallet.ffi.KeystoreException
import kr.citizenwallet.ffi.SigningReason
import java.io.IOException
import java.security.GeneralSecurityException
import java.security.InvalidAlgorithmParameterException
import java.security.PrivateKey
import java.security.ProviderException
import java.security.Signature
import java.security.UnrecoverableKeyException
import java.security.cert.Certificate
import java.security.interfaces.ECPublicKey
import javax.crypto.Cipher
import javax.crypto.spec.GCMParameterSpec

/** What decides about keys in hardware: where they are made, what is asked for, what a throw of the platform means. */
internal class HardwareKeystore(
    private val ring: KeyRing,
    private val finger: Finger,
) : Keystore {
    /** Of signatures that come at once, one asks, and the others find that she has just been asked. */
    private val asking = Mutex()

    override suspend fun createKey(
        alias: String,
        purpose: KeyPurpose,
    ): ByteArray =
        onPlatform {
            val (name, other) = names(alias).let { if (purpose == KeyPurpose.APPROVAL) it else it.reversed() }
            val made = sec1(owner(strongest { home -> ring.makeSigningKey(name, purpose, home) }))
            ring.delete(other)
            made
        }

    override suspend fun publicKey(alias: String): ByteArray = onPlatform { sec1(owner(certificates(alias))) }

    override suspend fun sign(
        alias: String,
        message: ByteArray,
        reason: SigningReason,
    ): ByteArray {
        val approving = onPlatform { ring.signingKey(signing(alias))?.let(::begun) }
        val confirmed = if (approving != null) finger.confirm(approving, reason) else recently(token(alias), reason)
        return onPlatform {
            confirmed.update(message)
            rawSignature(confirmed.sign())
        }
    }

    override suspend fun wrap(
        alias: String,
        plain: ByteArray,
    ): ByteArray =
        try {
            onPlatform {
                val key = ring.wrappingKey(wrapping(alias)) ?: strongest { home -> ring.makeWrappingKey(wrapping(alias), home) }
                // The platform chooses the nonce, and never the same twice.
                val cipher = Cipher.getInstance(GCM).apply { init(Cipher.ENCRYPT_MODE, key) }
                cipher.iv + cipher.doFinal(plain)
            }
        } finally {
            plain.fill(0)
        }

    override suspend fun unwrap(
        alias: String,
        wrapped: ByteArray,
    ): ByteArray =
        onPlatform {
            val key = ring.wrappingKey(wrapping(alias)) ?: throw KeystoreException.Missing()
            if (wrapped.size < NONCE) throw KeystoreException.Failed()
            val cipher = Cipher.getInstance(GCM)
            cipher.init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG_BITS, wrapped, 0, NONCE))
            cipher.doFinal(wrapped, NONCE, wrapped.size - NONCE)
        }

    override suspend fun delete(alias: String): Unit =
        onPlatform {
            names(alias).forEach(ring::delete)
            ring.delete(wrapping(alias))
        }

    /** The certificates from the key's own to the root, if they answer this very challenge. */
    override suspend fun attest(
        alias: String,
        challenge: ByteArray,
    ): ByteArray? =
        onPlatform {
            val chain = certificates(alias)
            if (attests(chain.first(), challenge)) chain.map { it.encoded }.reduce(ByteArray::plus) else null
        }

    private fun certificates(alias: String): List<Certificate> =
        names(alias).firstNotNullOfOrNull { ring.certificates(it)?.ifEmpty { null } } ?: throw KeystoreException.Missing()

    /** A signature with a key for which it is enough that she was asked in the last moments; else she is asked, once. */
    private suspend fun recently(
        name: String,
        reason: SigningReason,
    ): Signature =
        ifRecent(name) ?: asking.withLock {
            ifRecent(name) ?: run {
                finger.authenticate(reason)
                ifRecent(name) ?: throw KeystoreException.Failed()
            }
        }

    private suspend fun ifRecent(name: String): Signature? =
        onPlatform {
            try {
                begun(ring.signingKey(name) ?: throw KeystoreException.Missing())
            } catch (_: UserNotAuthenticatedException) {
                null
            }
        }

    private fun begun(key: PrivateKey): Signature = Signature.getInstance("SHA256withECDSA").apply { initSign(key) }

    private fun owner(chain: List<Certificate>): ECPublicKey = chain.first().publicKey as? ECPublicKey ?: throw KeystoreException.Failed()

    /** In StrongBox, or in the TEE where there is none, and where it is there and broken, as on some phones. */
    private fun <T> strongest(make: (KeyHome) -> T): T =
        try {
            make(KeyHome.STRONG_BOX)
        } catch (_: StrongBoxUnavailableException) {
            make(KeyHome.TEE)
        } catch (_: ProviderException) {
            make(KeyHome.TEE)
        }

    private suspend fun <T> onPlatform(work: () -> T): T =
        withContext(Dispatchers.IO) {
            try {
                work()
            } catch (thrown: GeneralSecurityException) {
                throw meaning(thrown)
            } catch (thrown: ProviderException) {
                throw meaning(thrown)
            } catch (thrown: IOException) {
                throw meaning(thrown)
            }
        }

    internal companion object {
        private const val GCM = "AES/GCM/NoPadding"
        private const val NONCE = 12
        private const val TAG_BITS = 128

        /** Of a key that asks for each signature. */
        fun signing(alias: String) = "citizen-wallet/$alias/signing"

        /** Of one that asks once in a while: an alias has the one or the other. */
        fun token(alias: String) = "citizen-wallet/$alias/token"

        fun names(alias: String) = listOf(signing(alias), token(alias))

        fun wrapping(alias: String) = "citizen-wallet/$alias/wrapping"

        fun meaning(thrown: Throwable): KeystoreException = kind(thrown).apply { initCause(thrown) }

        /** What a throw of the platform means to the wallet; the platform likes to wrap one in another. */
        fun kind(thrown: Throwable): KeystoreException =
            when (thrown) {
                is KeyPermanentlyInvalidatedException -> KeystoreException.Invalidated()
                is UserNotAuthenticatedException -> KeystoreException.Locked()
                is UnrecoverableKeyException -> KeystoreException.Invalidated()
                is InvalidAlgorithmParameterException -> refused(thrown)
                else -> thrown.cause?.let(::kind) ?: KeystoreException.Failed()
            }

        /** The platform makes no such key: it says so by its state where the phone has no screen lock, or no finger where one is needed. */
        private fun refused(thrown: InvalidAlgorithmParameterException): KeystoreException =
            if (thrown.cause is IllegalStateException) KeystoreException.NotSetUp() else KeystoreException.Failed()
    }
}
