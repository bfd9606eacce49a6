package kr.citizenwallet.android

import kr.citizenwallet.ffi.KeystoreException
import kr.citizenwallet.ffi.SigningReason
import java.security.Signature

/** A finger that is always laid on, and counted. */
internal class TestFinger(
    private val asked: suspend () -> Unit = {},
) : Finger {
    /** How often it was asked for a signature of its own. */
    var confirmed = 0

    /** How often it was asked who is there. */
    var authenticated = 0

    /** What she read beside it. */
    val read = mutableListOf<SigningReason>()

    override suspend fun confirm(
        signature: Signature,
        reason: SigningReason,
    ): Signature {
        confirmed++
        read += reason
        return signature
    }

    override suspend fun authenticate(reason: SigningReason) {
        authenticated++
        read += reason
        asked()
    }

    companion object {
        /** She does not want to. */
        val unwilling = TestFinger { throw KeystoreException.Cancelled() }
    }
}
