package kr.citizenwallet.android

import android.hardware.biometrics.BiometricManager
import android.hardware.biometrics.BiometricPrompt
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.UserNotAuthenticatedException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import kr.citizenwallet.CitizenWallet
import kr.citizenwallet.City
import kr.citizenwallet.NextStep
import kr.citizenwallet.PlatformKeys
import kr.citizenwallet.WalletConfig
import kr.citizenwallet.ffi.KeyPurpose
import kr.citizenwallet.ffi.KeystoreException
import kr.citizenwallet.ffi.Language
import kr.citizenwallet.ffi.SigningKind
import kr.citizenwallet.ffi.SigningReason
import kr.citizenwallet.ffi.TrustSource
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.view.Message
import kr.citizenwallet.next
import kr.citizenwallet.secretOf
import kr.citizenwallet.text
import java.io.File
import java.math.BigInteger
import java.nio.file.Files
import java.security.AlgorithmParameters
import java.security.InvalidAlgorithmParameterException
import java.security.KeyFactory
import java.security.ProviderException
import java.security.Signature
import java.security.SignatureException
import java.security.spec.ECGenParameterSpec
import java.security.spec.ECParameterSpec
import java.security.spec.ECPoint
import java.security.spec.ECPublicKeySpec
import java.util.Locale
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/** What decides about keys in hardware, on a key ring of this process; and a wallet on it. */
class HardwareKeystoreTest {
    private val ring = TestKeyRing()
    private val finger = TestFinger()
    private val keystore = HardwareKeystore(ring, finger)
    private val toPay = SigningReason(SigningKind.PAYMENT, Message("망원빵집에 12,000원을 냅니다.", "Pay 망원빵집 12,000 won."))

    @Test
    fun `a signature is raw and is the key's`() =
        runBlocking<Unit> {
            val public = keystore.createKey("device", KeyPurpose.APPROVAL)
            assertContentEquals(public, keystore.publicKey("device"))
            repeat(200) {
                val message = "주문 $it".toByteArray()
                val raw = keystore.sign("device", message, toPay)
                assertEquals(64, raw.size)
                assertTrue(verifies(public, message, raw))
            }
            assertEquals(200 to 0, finger.confirmed to finger.authenticated, "the finger for every one")
        }

    @Test
    fun `ten copies of a credential sign after one finger, also at once, and the account's key with none of it`() =
        runBlocking<Unit> {
            val time = Recently()
            val (ring, finger) = TestKeyRing().apply { use = time::use } to TestFinger { time.now() }
            val keystore = HardwareKeystore(ring, finger)
            val publics = (0 until COPIES).map { keystore.createKey("copy-$it", KeyPurpose.TOKEN) }
            val message = "증명".toByteArray()
            val signatures = (0 until COPIES).map { async(Dispatchers.Default) { keystore.sign("copy-$it", message, toPay) } }.awaitAll()
            for ((public, raw) in publics.zip(signatures)) assertTrue(verifies(public, message, raw))
            assertEquals(0 to 1, finger.confirmed to finger.authenticated)
            repeat(COPIES) { keystore.sign("copy-$it", message, toPay) }
            assertEquals(0 to 1, finger.confirmed to finger.authenticated, "still within the time")
            time.isOver()
            keystore.sign("copy-0", message, toPay)
            assertEquals(0 to 2, finger.confirmed to finger.authenticated)
            keystore.createKey("device", KeyPurpose.APPROVAL)
            keystore.sign("device", message, toPay)
            assertEquals(1 to 2, finger.confirmed to finger.authenticated, "what binds her asks each time")
        }

    @Test
    fun `the finger says what each signature is for, and for copies that of the first`() =
        runBlocking<Unit> {
            val time = Recently()
            val (ring, finger) = TestKeyRing().apply { use = time::use } to TestFinger { time.now() }
            val keystore = HardwareKeystore(ring, finger)
            val toShow = SigningReason(SigningKind.PRESENTATION, Message("도서관에 보여 줍니다.", "Show it to the library."))
            keystore.createKey("device", KeyPurpose.APPROVAL)
            repeat(2) { keystore.createKey("copy-$it", KeyPurpose.TOKEN) }
            keystore.sign("device", ByteArray(1), toPay)
            keystore.sign("copy-0", ByteArray(1), toShow)
            keystore.sign("copy-1", ByteArray(1), toPay)
            assertEquals(listOf(toPay, toShow), finger.read)
            assertEquals("망원빵집에 12,000원을 냅니다.", BiometricFinger.said(toPay, Locale.KOREA))
            assertEquals("Pay 망원빵집 12,000 won.", BiometricFinger.said(toPay, Locale.FRANCE))
        }

    @Test
    fun `whoever does not lay the finger on signs nothing, and is asked again the next time`() =
        runBlocking<Unit> {
            val time = Recently()
            val ring = TestKeyRing().apply { use = time::use }
            HardwareKeystore(ring, TestFinger.unwilling).run {
                createKey("copy", KeyPurpose.TOKEN)
                repeat(2) { assertFailsWith<KeystoreException.Cancelled> { sign("copy", ByteArray(1), toPay) } }
            }
            assertEquals(2, TestFinger.unwilling.authenticated)
            // A finger of the app's own that asks nobody is no finger.
            assertFailsWith<KeystoreException.Failed> { HardwareKeystore(ring, TestFinger()).sign("copy", ByteArray(1), toPay) }
        }

    @Test
    fun `an alias has one key, whatever it is for, and what it is for can change`() =
        runBlocking<Unit> {
            val approving = keystore.createKey("key", KeyPurpose.APPROVAL)
            val token = keystore.createKey("key", KeyPurpose.TOKEN)
            assertTrue(!approving.contentEquals(token))
            assertContentEquals(token, keystore.publicKey("key"))
            assertTrue(verifies(token, ByteArray(3), keystore.sign("key", ByteArray(3), toPay)))
            val again = keystore.createKey("key", KeyPurpose.APPROVAL)
            assertContentEquals(again, keystore.publicKey("key"))
            assertTrue(verifies(again, ByteArray(3), keystore.sign("key", ByteArray(3), toPay)))
            keystore.createKey("other", KeyPurpose.TOKEN)
            keystore.delete("key")
            keystore.delete("other")
            for (gone in listOf("key", "other")) {
                assertFailsWith<KeystoreException.Missing> { keystore.sign(gone, ByteArray(1), toPay) }
                assertFailsWith<KeystoreException.Missing> { keystore.publicKey(gone) }
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
            keystore.createKey("first", KeyPurpose.APPROVAL)
            assertEquals(setOf(KeyHome.STRONG_BOX), ring.homes.values.toSet())
            ring.trouble = { home -> if (home == KeyHome.STRONG_BOX) throw ProviderException("as on some phones") }
            keystore.createKey("second", KeyPurpose.APPROVAL)
            keystore.wrap("second", ByteArray(1))
            assertEquals(KeyHome.TEE, ring.homes["citizen-wallet/second/signing"])
            assertEquals(KeyHome.TEE, ring.homes["citizen-wallet/second/wrapping"])
            val plain = TestKeyRing(hasStrongBox = false)
            HardwareKeystore(plain, finger).createKey("third", KeyPurpose.TOKEN)
            assertEquals(setOf(KeyHome.TEE), plain.homes.values.toSet())
        }

    @Test
    fun `what the platform throws is said by what it means, however it is wrapped`() =
        runBlocking<Unit> {
            keystore.createKey("device", KeyPurpose.APPROVAL)
            val meanings =
                listOf<Pair<Exception, Class<out KeystoreException>>>(
                    KeyPermanentlyInvalidatedException() to KeystoreException.Invalidated::class.java,
                    ProviderException(KeyPermanentlyInvalidatedException()) to KeystoreException.Invalidated::class.java,
                    UserNotAuthenticatedException() to KeystoreException.Locked::class.java,
                    SignatureException(UserNotAuthenticatedException()) to KeystoreException.Locked::class.java,
                    InvalidAlgorithmParameterException(IllegalStateException("no screen lock")) to KeystoreException.NotSetUp::class.java,
                    ProviderException("another") to KeystoreException.Failed::class.java,
                )
            for ((thrown, meaning) in meanings) {
                ring.trouble = { throw thrown }
                val refused = assertFailsWith<KeystoreException> { keystore.sign("device", ByteArray(1), toPay) }
                assertEquals(meaning, refused.javaClass, "$thrown")
            }
            assertFailsWith<KeystoreException.Missing> { HardwareKeystore(TestKeyRing(), finger).publicKey("nobody") }
        }

    @Test
    fun `the prompt's errors are said by what they mean`() {
        assertIs<KeystoreException.Cancelled>(BiometricFinger.refusal(BiometricPrompt.BIOMETRIC_ERROR_USER_CANCELED))
        assertIs<KeystoreException.Locked>(BiometricFinger.refusal(BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT))
        assertIs<KeystoreException.Locked>(BiometricFinger.refusal(BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT_PERMANENT))
        assertIs<KeystoreException.Failed>(BiometricFinger.refusal(BiometricPrompt.BIOMETRIC_ERROR_HW_UNAVAILABLE))
        assertIs<KeystoreException.NotSetUp>(BiometricFinger.refusal(BiometricPrompt.BIOMETRIC_ERROR_NO_BIOMETRICS))
        assertIs<KeystoreException.NotSetUp>(BiometricFinger.refusal(BiometricPrompt.BIOMETRIC_ERROR_NO_DEVICE_CREDENTIAL))
    }

    @Test
    fun `no activity in front is waited for, and is never her saying no`() =
        runBlocking<Unit> {
            var looks = 0
            assertEquals("front", BiometricFinger.front(600.seconds) { "front".takeIf { ++looks > 3 } })
            assertFailsWith<KeystoreException.Failed> { BiometricFinger.front(1.milliseconds) { null } }
        }

    @Test
    fun `a phone says what it lacks before a key is made`() {
        fun readiness(
            hasLock: Boolean,
            biometrics: Int,
            by: Confirmation = Confirmation.BIOMETRIC,
            api: Int = 34,
        ) = object : Locks {
            override val hasScreenLock = hasLock

            override fun biometrics(api: Int) = biometrics
        }.readiness(by, api)
        assertEquals(KeystoreReadiness.READY, readiness(hasLock = true, BiometricManager.BIOMETRIC_SUCCESS))
        assertEquals(KeystoreReadiness.NO_SCREEN_LOCK, readiness(hasLock = false, BiometricManager.BIOMETRIC_ERROR_NONE_ENROLLED))
        assertEquals(KeystoreReadiness.NO_FINGER, readiness(hasLock = true, BiometricManager.BIOMETRIC_ERROR_NONE_ENROLLED))
        assertEquals(KeystoreReadiness.NO_HARDWARE, readiness(hasLock = true, BiometricManager.BIOMETRIC_ERROR_NO_HARDWARE))
        assertEquals(KeystoreReadiness.NOT_NOW, readiness(hasLock = true, BiometricManager.BIOMETRIC_ERROR_HW_UNAVAILABLE))
        val (either, none) = Confirmation.BIOMETRIC_OR_SCREEN_LOCK to BiometricManager.BIOMETRIC_ERROR_NO_HARDWARE
        assertEquals(KeystoreReadiness.READY, readiness(hasLock = true, none, either))
        assertEquals(KeystoreReadiness.NO_HARDWARE, readiness(hasLock = true, none, either, api = 29))
        assertEquals(KeystoreReadiness.NO_SCREEN_LOCK, readiness(hasLock = false, none, either))
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
            keystore.createKey("device", KeyPurpose.APPROVAL)
            assertNull(keystore.attest("device", ByteArray(16)))
        }

    @Test
    fun `a wallet lives on it, and when the platform throws its keys away it says what to do`() =
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
                // A phone that was not set up: the wallet cannot be made, and says why.
                ring.trouble = { throw InvalidAlgorithmParameterException(IllegalStateException("no screen lock")) }
                val refused = assertFailsWith<WalletException> { wallet.unlock(pin()) }
                assertEquals(NextStep.ShowReason("phone", "screen-lock-needed"), refused.next)
                assertTrue(refused.text(Language.KOREAN).contains("화면 잠금"))
                wallet.release()
            }
            folder.deleteRecursively()
        }

    /** The platform's clock of the last finger: what it says of a key that wants one in the last moments. */
    private class Recently {
        @Volatile
        private var isRecent = false

        fun now() {
            isRecent = true
        }

        fun isOver() {
            isRecent = false
        }

        fun use(name: String) {
            if (name.endsWith("/token") && !isRecent) throw UserNotAuthenticatedException()
        }
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

    private companion object {
        const val COPIES = 10
    }
}
