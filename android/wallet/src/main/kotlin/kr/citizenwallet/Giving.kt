package kr.citizenwallet

import kr.citizenwallet.ffi.view.GiftReviewView
import kr.citizenwallet.ffi.view.RedemptionReviewView
import kr.citizenwallet.ffi.view.SubmissionView

/** A gift before it is approved. */
public interface GiftReview : AutoCloseable {
    /** What to show. */
    public val view: GiftReviewView

    /** Gives. Once; it cannot be taken back. */
    public suspend fun approve(): Submission

    /** Lets go of it; what is forgotten is let go of later. */
    override fun close()
}

/** A redemption for a gift certificate before it is approved. */
public interface RedemptionReview : AutoCloseable {
    /** What to show. */
    public val view: RedemptionReviewView

    /** Redeems. Once; it cannot be undone. */
    public suspend fun approve(): Submission

    /** Lets go of it; what is forgotten is let go of later. */
    override fun close()
}

/** A gift, a redemption or a change of limits on its way. */
public interface Submission {
    /** Its number: 64 hexadecimal digits. */
    public val id: String

    /** How far it is, as far as it is known without asking anybody. */
    public suspend fun view(): SubmissionView

    /** One look at the ledger: how far it is now. */
    public suspend fun look(): SubmissionView

    /** Follows it to its end. */
    public suspend fun follow(): SubmissionView
}

/** Whether it came about: proved, never said. */
public val SubmissionView.isDone: Boolean get() = state == "done"
