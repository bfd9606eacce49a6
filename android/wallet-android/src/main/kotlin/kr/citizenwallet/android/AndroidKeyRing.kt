package kr.citizenwallet.android

import android.content.Context
import android.content.pm.PackageManager
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import kr.citizenwallet.ffi.KeyPurpose
import java.security.KeyPairGenerator
import java.security.KeyStore
import java.security.PrivateKey
import java.security.cert.Certificate
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey

/**
 * Android's key store. It is there on a phone alone: what decides is in [HardwareKeystore] and [KeySpecs], which are tested without one.
 */
internal class AndroidKeyRing(
    context: Context,
    private val specs: KeySpecs,
) : KeyRing {
    private val store by lazy { KeyStore.getInstance(PROVIDER).apply { load(null) } }
    private val hasStrongBox = context.packageManager.hasSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE)

    override fun makeSigningKey(
        name: String,
        purpose: KeyPurpose,
        home: KeyHome,
    ): List<Certificate> {
        requireThere(home)
        val spec = specs.signing(name, purpose, home)
        KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, PROVIDER).apply { initialize(spec) }.generateKeyPair()
        return checkNotNull(certificates(name))
    }

    override fun makeWrappingKey(
        name: String,
        home: KeyHome,
    ): SecretKey {
        requireThere(home)
        return KeyGenerator
            .getInstance(KeyProperties.KEY_ALGORITHM_AES, PROVIDER)
            .apply { init(specs.wrapping(name, home)) }
            .generateKey()
    }

    override fun certificates(name: String): List<Certificate>? = store.getCertificateChain(name)?.toList()

    override fun signingKey(name: String): PrivateKey? = store.getKey(name, null) as? PrivateKey

    override fun wrappingKey(name: String): SecretKey? = store.getKey(name, null) as? SecretKey

    override fun delete(name: String): Unit = store.deleteEntry(name)

    private fun requireThere(home: KeyHome) {
        if (home == KeyHome.STRONG_BOX && !hasStrongBox) throw StrongBoxUnavailableException("this phone has none")
    }

    private companion object {
        const val PROVIDER = "AndroidKeyStore"
    }
}
