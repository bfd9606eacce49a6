package kr.citizenwallet.android

import kr.citizenwallet.ffi.KeyPurpose
import java.security.PrivateKey
import java.security.cert.Certificate
import javax.crypto.SecretKey

/** What the platform does with keys, by name: [AndroidKeyRing] on a phone. Each call may throw what the platform throws. */
internal interface KeyRing {
    /** Makes a P-256 key, in place of one of that name, and answers its certificates, the key's own first. */
    fun makeSigningKey(
        name: String,
        purpose: KeyPurpose,
        home: KeyHome,
    ): List<Certificate>

    /** Makes an AES-256 key for GCM, in place of one of that name. */
    fun makeWrappingKey(
        name: String,
        home: KeyHome,
    ): SecretKey

    /** The certificates of a key that signs, its own first; nothing if there is none. */
    fun certificates(name: String): List<Certificate>?

    fun signingKey(name: String): PrivateKey?

    fun wrappingKey(name: String): SecretKey?

    /** Removing what is not there is fine. */
    fun delete(name: String)
}

/** Where a key lives. */
internal enum class KeyHome {
    /** A chip of its own. */
    STRONG_BOX,

    /** The trusted environment of the main chip. */
    TEE,
}
