package kr.citizenwallet.town

import kr.citizenwallet.ffi.KeyPurpose
import kr.citizenwallet.ffi.Keystore
import kr.citizenwallet.ffi.KeystoreException
import kr.citizenwallet.ffi.SigningReason
import java.math.BigInteger
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.SecureRandom
import java.security.Signature
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import java.util.concurrent.ConcurrentHashMap
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/** A key store in this process: keys of Java's own, which asks for no finger, and can be told what to do at the next question. */
internal class TestKeystore : Keystore {
    private val signing = ConcurrentHashMap<String, KeyPair>()
    private val wrapping = ConcurrentHashMap<String, SecretKey>()

    /** What each key was made for. */
    val purposes = ConcurrentHashMap<String, KeyPurpose>()

    /** What it states about a key over a challenge. */
    @Volatile
    var statement: (ByteArray) -> ByteArray? = { null }

    /** What happens before a question is answered: nothing, a throw, a wait. */
    @Volatile
    var mood: suspend () -> Unit = {}

    override suspend fun createKey(
        alias: String,
        purpose: KeyPurpose,
    ): ByteArray {
        mood()
        purposes[alias] = purpose
        val generator = KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec("secp256r1")) }
        return generator.generateKeyPair().also { signing[alias] = it }.sec1()
    }

    override suspend fun publicKey(alias: String): ByteArray {
        mood()
        return pair(alias).sec1()
    }

    override suspend fun sign(
        alias: String,
        message: ByteArray,
        reason: SigningReason,
    ): ByteArray {
        mood()
        val signature = Signature.getInstance("SHA256withECDSAinP1363Format")
        signature.initSign(pair(alias).private)
        signature.update(message)
        return signature.sign()
    }

    override suspend fun wrap(
        alias: String,
        plain: ByteArray,
    ): ByteArray {
        mood()
        val key = wrapping.computeIfAbsent(alias) { KeyGenerator.getInstance("AES").apply { init(KEY_BITS) }.generateKey() }
        val nonce = ByteArray(NONCE).also(SecureRandom()::nextBytes)
        return nonce + cipher(Cipher.ENCRYPT_MODE, key, nonce).doFinal(plain)
    }

    override suspend fun unwrap(
        alias: String,
        wrapped: ByteArray,
    ): ByteArray {
        mood()
        val key = wrapping[alias] ?: throw KeystoreException.Missing()
        return try {
            cipher(Cipher.DECRYPT_MODE, key, wrapped.copyOf(NONCE)).doFinal(wrapped, NONCE, wrapped.size - NONCE)
        } catch (_: AEADBadTagException) {
            throw KeystoreException.Failed()
        }
    }

    override suspend fun delete(alias: String) {
        mood()
        signing.remove(alias)
        wrapping.remove(alias)
    }

    override suspend fun attest(
        alias: String,
        challenge: ByteArray,
    ): ByteArray? = statement(challenge)

    private fun pair(alias: String) = signing[alias] ?: throw KeystoreException.Missing()

    private fun KeyPair.sec1(): ByteArray {
        val point = (public as ECPublicKey).w
        return byteArrayOf(UNCOMPRESSED) + point.affineX.field() + point.affineY.field()
    }

    private fun BigInteger.field(): ByteArray {
        val bytes = toByteArray().takeLast(FIELD).toByteArray()
        return ByteArray(FIELD - bytes.size) + bytes
    }

    private fun cipher(
        mode: Int,
        key: SecretKey,
        nonce: ByteArray,
    ) = Cipher.getInstance("AES/GCM/NoPadding").apply { init(mode, key, GCMParameterSpec(TAG_BITS, nonce)) }

    private companion object {
        const val UNCOMPRESSED: Byte = 4
        const val FIELD = 32
        const val NONCE = 12
        const val KEY_BITS = 256
        const val TAG_BITS = 128
    }
}
