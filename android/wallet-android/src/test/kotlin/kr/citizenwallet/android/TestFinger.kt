package kr.citizenwallet.android

import kr.citizenwallet.ffi.KeystoreException
import java.security.Signature

/** A finger that is always laid on, and counted. */
internal class TestFinger(
    private val asked: suspend () -> Unit = {},
) : Finger {
    /** How often it was asked for a signature of its own. */
    var confirmed = 0

    /** How often it was asked who is there. */
    var authenticated = 0

    override suspend fun confirm(signature: Signature): Signature {
        confirmed++
        return signature
    }

    override suspend fun authenticate() {
        authenticated++
        asked()
    }

    companion object {
        /** She does not want to. */
        val unwilling = TestFinger { throw KeystoreException.Cancelled() }
    }
}
