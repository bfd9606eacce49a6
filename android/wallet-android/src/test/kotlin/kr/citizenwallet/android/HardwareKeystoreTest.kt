package kr.citizenwallet.android

import android.hardware.biometrics.BiometricPrompt
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.UserNotAuthenticatedException
import kotlinx.coroutines.runBlocking
import kr.citizenwallet.CitizenWallet
import kr.citizenwallet.City
import kr.citizenwallet.NextStep
import kr.citizenwallet.PlatformKeys
import kr.citizenwallet.WalletConfig
import kr.citizenwallet.ffi.KeystoreException
import kr.citizenwallet.ffi.TrustSource
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.next
import kr.citizenwallet.secretOf
import java.io.File
import java.math.BigInteger
import java.nio.file.Files
import java.security.AlgorithmParameters
import java.security.KeyFactory
import java.security.ProviderException
import java.security.Signature
import java.security.SignatureException
import java.security.spec.ECGenParameterSpec
import java.security.spec.ECParameterSpec
import java.security.spec.ECPoint
import java.security.spec.ECPublicKeySpec
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertNull
import kotlin.test.assertTrue

/** What decides about keys in hardware, on a key ring of this process; and a wallet on it. */
class HardwareKeystoreTest {
    private val ring = TestKeyRing()
    private val keystore = HardwareKeystore(ring) { it }

    @Test
    fun `a signature is raw and is the key's`() =
        runBlocking<Unit> {
            val public = keystore.createKey("device")
            assertContentEquals(public, keystore.publicKey("device"))
            repeat(200) {
                val message = "주문 $it".toByteArray()
                val raw = keystore.sign("device", message)
                assertEquals(64, raw.size)
                assertTrue(verifies(public, message, raw))
            }
        }

    @Test
    fun `what is wrapped is unwrapped, what was changed is not, and the plain bytes are wiped`() =
        runBlocking<Unit> {
            val plain = ByteArray(32) { it.toByte() }
            val wrapped = keystore.wrap("store", plain.copyOf())
            assertContentEquals(plain, keystore.unwrap("store", wrapped))
            val handed = plain.copyOf()
            assertTrue(!keystore.wrap("store", handed).contentEquals(wrapped), "another nonce each time")
            assertTrue(handed.all { it == 0.toByte() })
            for (at in listOf(0, 20, wrapped.lastIndex)) {
                val changed = wrapped.copyOf().also { it[at] = (it[at] + 1).toByte() }
                assertFailsWith<KeystoreException.Failed> { keystore.unwrap("store", changed) }
            }
            assertFailsWith<KeystoreException.Failed> { keystore.unwrap("store", ByteArray(5)) }
            assertFailsWith<KeystoreException.Missing> { keystore.unwrap("other", wrapped) }
        }

    @Test
    fun `a key is made in StrongBox, and in the TEE where there is none or it is broken`() =
        runBlocking<Unit> {
            keystore.createKey("first")
            assertEquals(setOf(KeyHome.STRONG_BOX), ring.homes.values.toSet())
            ring.trouble = { home -> if (home == KeyHome.STRONG_BOX) throw ProviderException("as on some phones") }
            keystore.createKey("second")
            keystore.wrap("second", ByteArray(1))
            assertEquals(KeyHome.TEE, ring.homes["citizen-wallet/second/signing"])
            assertEquals(KeyHome.TEE, ring.homes["citizen-wallet/second/wrapping"])
            val plain = TestKeyRing(hasStrongBox = false)
            HardwareKeystore(plain) { it }.createKey("third")
            assertEquals(setOf(KeyHome.TEE), plain.homes.values.toSet())
        }

    @Test
    fun `what the platform throws is said by what it means, however it is wrapped`() =
        runBlocking<Unit> {
            keystore.createKey("device")
            val meanings =
                listOf<Pair<Exception, Class<out KeystoreException>>>(
                    KeyPermanentlyInvalidatedException() to KeystoreException.Invalidated::class.java,
                    ProviderException(KeyPermanentlyInvalidatedException()) to KeystoreException.Invalidated::class.java,
                    UserNotAuthenticatedException() to KeystoreException.Locked::class.java,
                    SignatureException(UserNotAuthenticatedException()) to KeystoreException.Locked::class.java,
                    ProviderException("another") to KeystoreException.Failed::class.java,
                )
            for ((thrown, meaning) in meanings) {
                ring.trouble = { throw thrown }
                assertEquals(meaning, assertFailsWith<KeystoreException> { keystore.sign("device", ByteArray(1)) }.javaClass, "$thrown")
            }
            assertFailsWith<KeystoreException.Missing> { HardwareKeystore(TestKeyRing()) { it }.publicKey("nobody") }
        }

    @Test
    fun `the prompt's errors are said by what they mean`() {
        assertIs<KeystoreException.Cancelled>(BiometricFinger.refusal(BiometricPrompt.BIOMETRIC_ERROR_USER_CANCELED))
        assertIs<KeystoreException.Locked>(BiometricFinger.refusal(BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT))
        assertIs<KeystoreException.Locked>(BiometricFinger.refusal(BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT_PERMANENT))
        assertIs<KeystoreException.Failed>(BiometricFinger.refusal(BiometricPrompt.BIOMETRIC_ERROR_HW_UNAVAILABLE))
    }

    @Test
    fun `a signature that is not the platform's form is refused`() {
        for (der in listOf("", "30", "3006020101020101ff", "300602010102", "3080", "0206020101020101", "302602220101")) {
            assertFailsWith<KeystoreException.Failed>(der) { rawSignature(der.chunked(2).map { it.toInt(16).toByte() }.toByteArray()) }
        }
        assertEquals(64, rawSignature("3006020101020101".chunked(2).map { it.toInt(16).toByte() }.toByteArray()).size)
    }

    @Test
    fun `a key without a statement attests nothing`() =
        runBlocking<Unit> {
            keystore.createKey("device")
            assertNull(keystore.attest("device", ByteArray(16)))
        }

    @Test
    fun `a wallet lives on it, and a new fingerprint ends it with a word of what to do`() =
        runBlocking<Unit> {
            val folder = Files.createTempDirectory("wallet").toFile()
            val config =
                WalletConfig(File(folder, "citizen.wallet"), PlatformKeys(keystore), City("https://city.example", TrustSource.FirstUse))
            CitizenWallet.create(config, pin()).release()
            CitizenWallet.open(config, pin()).use { wallet ->
                assertTrue(wallet.payments().isEmpty())
                wallet.lock()
                ring.trouble = { throw KeyPermanentlyInvalidatedException() }
                assertEquals(NextStep.Restore, assertFailsWith<WalletException> { wallet.unlock(pin()) }.next)
                wallet.release()
            }
            folder.deleteRecursively()
        }

    private fun pin() = secretOf("294857".toCharArray())

    private fun verifies(
        sec1: ByteArray,
        message: ByteArray,
        raw: ByteArray,
    ): Boolean {
        val curve = AlgorithmParameters.getInstance("EC").apply { init(ECGenParameterSpec("secp256r1")) }
        val point = ECPoint(BigInteger(1, sec1.copyOfRange(1, 33)), BigInteger(1, sec1.copyOfRange(33, 65)))
        val key = KeyFactory.getInstance("EC").generatePublic(ECPublicKeySpec(point, curve.getParameterSpec(ECParameterSpec::class.java)))
        val signature = Signature.getInstance("SHA256withECDSAinP1363Format").apply { initVerify(key) }
        signature.update(message)
        return signature.verify(raw)
    }
}
