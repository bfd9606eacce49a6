package kr.citizenwallet

import kr.citizenwallet.ffi.CodeReading
import kr.citizenwallet.ffi.view.MerchantView

/** A code with the centre's signed word on whose it is. */
public interface ScannedCode : AutoCloseable {
    /** The code as it was read: unverified. */
    public val reading: CodeReading

    /** Whose it is, by the centre's word. */
    public val merchant: MerchantView

    /** Whether it may be paid. */
    public val isUsable: Boolean

    /** Lets go of it; what is forgotten is let go of later. */
    override fun close()
}

/**
 * Reads a text without asking anybody and without a wallet. [lenient]: what live schemes do against the letter of the standard is a
 * warning.
 */
public fun inspectCode(
    text: String,
    lenient: Boolean = false,
): CodeReading = kr.citizenwallet.ffi.inspectCode(text, lenient)
