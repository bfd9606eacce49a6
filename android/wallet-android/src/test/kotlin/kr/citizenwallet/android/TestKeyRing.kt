package kr.citizenwallet.android

import android.security.keystore.StrongBoxUnavailableException
import kr.citizenwallet.ffi.KeyPurpose
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.PrivateKey
import java.security.Provider
import java.security.PublicKey
import java.security.cert.Certificate
import java.security.spec.ECGenParameterSpec
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey

/** A key ring of this process, which can be told what to throw. */
internal class TestKeyRing(
    private val hasStrongBox: Boolean = true,
) : KeyRing {
    private val pairs = mutableMapOf<String, KeyPair>()
    private val secrets = mutableMapOf<String, SecretKey>()

    /** Where each key was made. */
    val homes = mutableMapOf<String, KeyHome>()

    /** What happens when a key is taken out or made. */
    var trouble: (KeyHome?) -> Unit = {}

    /** What happens when a key of that name is taken out to sign. */
    var use: (String) -> Unit = {}

    override fun makeSigningKey(
        name: String,
        purpose: KeyPurpose,
        home: KeyHome,
    ): List<Certificate> {
        move(name, home)
        val generator = KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec("secp256r1")) }
        pairs[name] = generator.generateKeyPair()
        return certificates(name)!!
    }

    override fun makeWrappingKey(
        name: String,
        home: KeyHome,
    ): SecretKey {
        move(name, home)
        return KeyGenerator
            .getInstance("AES")
            .apply { init(256) }
            .generateKey()
            .also { secrets[name] = it }
    }

    override fun certificates(name: String): List<Certificate>? = pairs[name]?.let { listOf(PlainCertificate(it.public)) }

    override fun signingKey(name: String): PrivateKey? {
        trouble(null)
        return pairs[name]?.private?.also { use(name) }
    }

    override fun wrappingKey(name: String): SecretKey? {
        trouble(null)
        return secrets[name]
    }

    override fun delete(name: String) {
        pairs.remove(name)
        secrets.remove(name)
    }

    private fun move(
        name: String,
        home: KeyHome,
    ) {
        trouble(home)
        if (home == KeyHome.STRONG_BOX && !hasStrongBox) throw StrongBoxUnavailableException("none")
        homes[name] = home
    }

    /** A certificate that states a public key and nothing else. */
    private class PlainCertificate(
        private val key: PublicKey,
    ) : Certificate("plain") {
        override fun getPublicKey() = key

        override fun getEncoded(): ByteArray = key.encoded

        override fun verify(by: PublicKey) = Unit

        override fun verify(
            by: PublicKey,
            provider: String,
        ) = Unit

        override fun verify(
            by: PublicKey,
            provider: Provider,
        ) = Unit

        override fun toString() = "plain"
    }
}
