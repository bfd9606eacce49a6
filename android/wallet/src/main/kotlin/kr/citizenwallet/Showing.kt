package kr.citizenwallet

import kotlinx.coroutines.flow.Flow
import kr.citizenwallet.ffi.view.CodeReviewView
import kr.citizenwallet.ffi.view.ShownCodeView

/** What showing a code will allow. Nothing has happened yet. */
public interface CodeReview : AutoCloseable {
    /** What to show. */
    public val view: CodeReviewView

    /** Signs the mandate and makes the code; one that is still open is replaced. Once. */
    public suspend fun show(): ShownCode

    /** Lets go of it; what is forgotten is let go of later. */
    override fun close()
}

/** A code on this phone's screen, for a shop to charge. */
public interface ShownCode {
    /** The number of the payment that a charge will be. */
    public val id: String

    /** The code, and what became of it, as far as it is known without asking anybody. */
    public suspend fun view(): ShownCodeView

    /** One look at the ledger: what has become of it now. */
    public suspend fun look(): ShownCodeView

    /** What becomes of it, step by step until it is charged, expired or revoked. A charge is then among the payments, by [id]. */
    public val states: Flow<ShownCodeView>

    /** Another code with the same caps in its place. */
    public suspend fun renew(): ShownCode

    /** Takes it back: the ledger will refuse its charge. */
    public suspend fun hide(): ShownCodeView
}

/** Whether it was charged: the payment is among the payments. */
public val ShownCodeView.isCharged: Boolean get() = state == "charged"
