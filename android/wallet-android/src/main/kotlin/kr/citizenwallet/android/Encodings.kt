// How keys and signatures of the platform stand in bytes for the wallet: SEC 1 section 2.3.3, and raw `r ‖ s`.
package kr.citizenwallet.android

import kr.citizenwallet.ffi.KeystoreException
import java.math.BigInteger
import java.security.cert.Certificate
import java.security.cert.X509Certificate
import java.security.interfaces.ECPublicKey

/** Bytes of a number of P-256. */
private const val NUMBER = 32
private const val UNCOMPRESSED: Byte = 4
private const val DER_SEQUENCE = 0x30
private const val DER_INTEGER = 2
private const val DER_LONG = 0x80
private const val BYTE = 0xff

/** Android's statement about a key, in its certificate. */
private const val ATTESTATION = "1.3.6.1.4.1.11129.2.1.17"

/** A public key of P-256, uncompressed. */
internal fun sec1(key: ECPublicKey): ByteArray = byteArrayOf(UNCOMPRESSED) + number(key.w.affineX) + number(key.w.affineY)

/** The two numbers of a signature in DER. */
internal fun rawSignature(der: ByteArray): ByteArray {
    val reader = DerReader(der)
    reader.open(DER_SEQUENCE)
    val raw = number(BigInteger(1, reader.take(DER_INTEGER))) + number(BigInteger(1, reader.take(DER_INTEGER)))
    if (!reader.isAtEnd) throw KeystoreException.Failed()
    return raw
}

/** Whether a key's certificate states something to this challenge. */
internal fun attests(
    certificate: Certificate,
    challenge: ByteArray,
): Boolean {
    val statement = (certificate as? X509Certificate)?.getExtensionValue(ATTESTATION) ?: return false
    return challenge.isNotEmpty() && challenge.size < DER_LONG && AttestationStatement(statement).challenge.contentEquals(challenge)
}

private fun number(value: BigInteger): ByteArray {
    val bytes = value.toByteArray().dropWhile { it == 0.toByte() }
    if (bytes.size > NUMBER) throw KeystoreException.Failed()
    return ByteArray(NUMBER - bytes.size) + bytes
}

/** What is read of Android's statement: versions and levels, and behind them the challenge. */
private class AttestationStatement(
    extension: ByteArray,
) {
    val challenge: ByteArray =
        DerReader(extension).run {
            open(DER_OCTETS)
            open(DER_SEQUENCE)
            for (field in listOf(DER_INTEGER, DER_ENUMERATED, DER_INTEGER, DER_ENUMERATED)) take(field)
            take(DER_OCTETS)
        }

    private companion object {
        const val DER_OCTETS = 4
        const val DER_ENUMERATED = 10
    }
}

/** Reads DER, tag by tag. */
private class DerReader(
    private val bytes: ByteArray,
) {
    private var at = 0

    val isAtEnd: Boolean get() = at == bytes.size

    /** Steps into a value with this tag. */
    fun open(tag: Int): Int {
        if (next() != tag) throw KeystoreException.Failed()
        val length = next()
        if (length < DER_LONG) return length
        var long = 0
        repeat(length - DER_LONG) { long = long * (BYTE + 1) + next() }
        return long
    }

    /** Takes a value with this tag. */
    fun take(tag: Int): ByteArray {
        val length = open(tag)
        if (length < 0 || length > bytes.size - at) throw KeystoreException.Failed()
        return bytes.copyOfRange(at, at + length).also { at += length }
    }

    private fun next(): Int = if (isAtEnd) throw KeystoreException.Failed() else bytes[at++].toInt() and BYTE
}
