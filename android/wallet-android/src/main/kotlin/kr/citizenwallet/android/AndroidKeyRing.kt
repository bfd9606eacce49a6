package kr.citizenwallet.android

import android.content.Context
import android.content.pm.PackageManager
import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import java.security.KeyPairGenerator
import java.security.KeyStore
import java.security.PrivateKey
import java.security.cert.Certificate
import java.security.spec.ECGenParameterSpec
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey

/** Android's key store. It is there on a phone alone: what decides is in [HardwareKeystore], which is tested without one. */
internal class AndroidKeyRing(
    context: Context,
    private val challenge: ByteArray?,
) : KeyRing {
    private val store by lazy { KeyStore.getInstance(PROVIDER).apply { load(null) } }
    private val hasStrongBox = context.packageManager.hasSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE)

    override fun makeSigningKey(
        name: String,
        home: KeyHome,
    ): List<Certificate> {
        val spec =
            KeyGenParameterSpec
                .Builder(name, KeyProperties.PURPOSE_SIGN)
                .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
                .setDigests(KeyProperties.DIGEST_SHA256)
                .setUserAuthenticationRequired(true)
                .setInvalidatedByBiometricEnrollment(true)
                .apply { if (challenge != null) setAttestationChallenge(challenge) }
                .eachTime()
                .at(home)
        KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, PROVIDER).apply { initialize(spec) }.generateKeyPair()
        return checkNotNull(certificates(name))
    }

    override fun makeWrappingKey(
        name: String,
        home: KeyHome,
    ): SecretKey {
        val spec =
            KeyGenParameterSpec
                .Builder(name, KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT)
                .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
                .setKeySize(KEY_BITS)
                .at(home)
        return KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, PROVIDER).apply { init(spec) }.generateKey()
    }

    override fun certificates(name: String): List<Certificate>? = store.getCertificateChain(name)?.toList()

    override fun signingKey(name: String): PrivateKey? = store.getKey(name, null) as? PrivateKey

    override fun wrappingKey(name: String): SecretKey? = store.getKey(name, null) as? SecretKey

    override fun delete(name: String): Unit = store.deleteEntry(name)

    /** The finger is asked for each signature; before Android 11 that is the only way without a duration. */
    private fun KeyGenParameterSpec.Builder.eachTime() =
        apply {
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
                setUserAuthenticationParameters(0, KeyProperties.AUTH_BIOMETRIC_STRONG or KeyProperties.AUTH_DEVICE_CREDENTIAL)
            }
        }

    private fun KeyGenParameterSpec.Builder.at(home: KeyHome): KeyGenParameterSpec {
        if (home == KeyHome.STRONG_BOX && !hasStrongBox) throw StrongBoxUnavailableException("this phone has none")
        setUnlockedDeviceRequired(true)
        setIsStrongBoxBacked(home == KeyHome.STRONG_BOX)
        return build()
    }

    private companion object {
        const val PROVIDER = "AndroidKeyStore"
        const val KEY_BITS = 256
    }
}
