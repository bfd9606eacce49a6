package kr.citizenwallet.android

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import kr.citizenwallet.ffi.KeyPurpose
import kr.citizenwallet.ffi.KeystoreException
import java.security.InvalidAlgorithmParameterException
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertTrue

/** The keys as the platform is asked for them, read by Android's own code: what they are bound to, and when they ask. */
class KeySpecsTest {
    @Test
    fun `a new finger throws the account's key away, and the keys of credentials`() {
        for (purpose in KeyPurpose.entries) {
            val spec = signing(Confirmation.BIOMETRIC, purpose)
            assertTrue(spec.isInvalidatedByBiometricEnrollment)
            // Ids of the fingers that are enrolled: another finger, another id, and the key is gone.
            assertEquals(Binding.Fingers(listOf(41, 42)), Platform.binding(spec, fingers = longArrayOf(41, 42)), "$purpose")
        }
    }

    @Test
    fun `with the screen lock beside the finger, keys hang on the screen lock, and a new finger changes nothing`() {
        for (purpose in KeyPurpose.entries) {
            val spec = signing(Confirmation.BIOMETRIC_OR_SCREEN_LOCK, purpose)
            assertEquals(Binding.ScreenLock, Platform.binding(spec, fingers = longArrayOf(41, 42)), "$purpose")
        }
    }

    @Test
    fun `the account's key asks for each signature, and a credential's once in thirty seconds`() {
        for (by in Confirmation.entries) {
            val approval = signing(by, KeyPurpose.APPROVAL)
            assertEquals(true to 0, approval.isUserAuthenticationRequired to approval.userAuthenticationValidityDurationSeconds)
            val token = signing(by, KeyPurpose.TOKEN)
            assertEquals(true to 30, token.isUserAuthenticationRequired to token.userAuthenticationValidityDurationSeconds)
            assertEquals(BiometricFinger.authenticators(by), approval.prompt(), "the prompt takes what the key takes")
        }
    }

    @Test
    fun `before Android 11 the account's key is the finger's alone, and a credential's any unlocking`() {
        for (api in listOf(28, 29)) {
            val approval = signing(Confirmation.BIOMETRIC_OR_SCREEN_LOCK, KeyPurpose.APPROVAL, api)
            assertEquals(Binding.Fingers(listOf(7)), Platform.binding(approval, fingers = longArrayOf(7)))
            assertEquals(30, signing(Confirmation.BIOMETRIC, KeyPurpose.TOKEN, api).userAuthenticationValidityDurationSeconds)
            assertTrue(BiometricFinger.hasButton(Confirmation.BIOMETRIC_OR_SCREEN_LOCK, api))
        }
        assertFalse(BiometricFinger.hasButton(Confirmation.BIOMETRIC_OR_SCREEN_LOCK, 30), "the system refuses both")
        assertTrue(BiometricFinger.hasButton(Confirmation.BIOMETRIC, 30), "and neither")
    }

    @Test
    fun `what wraps the store asks for nobody`() {
        val specs = KeySpecs(Confirmation.BIOMETRIC, ByteArray(16) { 7 }, 34)
        val wrapping = specs.wrapping("w", KeyHome.TEE)
        assertFalse(wrapping.isUserAuthenticationRequired)
        assertEquals(256, wrapping.keySize)
        val signing = specs.signing("s", KeyPurpose.APPROVAL, KeyHome.STRONG_BOX)
        assertContentEquals(ByteArray(16) { 7 }, signing.attestationChallenge)
        assertContentEquals(arrayOf(KeyProperties.DIGEST_SHA256), signing.digests)
        assertTrue(signing.isStrongBoxBacked && !wrapping.isStrongBoxBacked)
    }

    @Test
    fun `every key wants an unlocked phone, but where the platform would lose it`() {
        for ((api, wanted) in mapOf(28 to true, 30 to true, 31 to false, 34 to false, 35 to true)) {
            val specs = KeySpecs(Confirmation.BIOMETRIC, null, api)
            val keys = listOf(specs.wrapping("w", KeyHome.TEE), specs.signing("s", KeyPurpose.APPROVAL, KeyHome.TEE))
            assertTrue(keys.all { it.isUnlockedDeviceRequired == wanted }, "API $api")
        }
    }

    @Test
    fun `on a phone without a finger the platform makes no such key, and the wallet hears that the phone is not set up`() {
        val thrown = assertFailsWith<IllegalStateException> { Platform.binding(signing(), fingers = LongArray(0)) }
        // As the platform's generator hands it on.
        assertIs<KeystoreException.NotSetUp>(HardwareKeystore.kind(InvalidAlgorithmParameterException(thrown)))
        assertIs<KeystoreException.Failed>(HardwareKeystore.kind(InvalidAlgorithmParameterException(IllegalArgumentException())))
        assertIs<KeystoreException.Failed>(HardwareKeystore.kind(StrongBoxUnavailableException("none")))
    }

    private fun signing(
        by: Confirmation = Confirmation.BIOMETRIC,
        purpose: KeyPurpose = KeyPurpose.APPROVAL,
        api: Int = 34,
    ) = KeySpecs(by, null, api).signing("key", purpose, KeyHome.TEE)

    /** What a prompt has to take for this key, in the prompt's own numbers. */
    private fun KeyGenParameterSpec.prompt(): Int {
        val both = listOf(KeyProperties.AUTH_BIOMETRIC_STRONG to 0xf, KeyProperties.AUTH_DEVICE_CREDENTIAL to 0x8000)
        return both.filter { (key, _) -> userAuthenticationType and key != 0 }.sumOf { it.second }
    }
}
