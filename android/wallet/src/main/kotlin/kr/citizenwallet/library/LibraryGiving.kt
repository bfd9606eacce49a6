package kr.citizenwallet.library

import kr.citizenwallet.GiftReview
import kr.citizenwallet.RedemptionReview
import kr.citizenwallet.Submission
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.view.GiftReviewView
import kr.citizenwallet.ffi.view.RedemptionReviewView
import kr.citizenwallet.ffi.view.SubmissionView

internal class LibraryGiftReview(
    private val wallet: LibraryWallet,
    review: kr.citizenwallet.ffi.GiftReview,
) : GiftReview {
    private val held = Held(review, "review")

    override val view: GiftReviewView = review.view()

    override suspend fun approve(): Submission = held.lend { review -> LibrarySubmission(wallet, wallet.act { approveGift(review) }.id) }

    override fun close(): Unit = held.close()
}

internal class LibraryRedemptionReview(
    private val wallet: LibraryWallet,
    review: kr.citizenwallet.ffi.RedemptionReview,
) : RedemptionReview {
    private val held = Held(review, "review")

    override val view: RedemptionReviewView = review.view()

    override suspend fun approve(): Submission =
        held.lend { review -> LibrarySubmission(wallet, wallet.act { approveRedemption(review) }.id) }

    override fun close(): Unit = held.close()
}

internal class LibrarySubmission(
    private val wallet: LibraryWallet,
    override val id: String,
) : Submission {
    override suspend fun view(): SubmissionView =
        wallet.ask { submissions() }.firstOrNull { it.id == id } ?: throw WalletException.Invalid("submission-unknown")

    override suspend fun look(): SubmissionView = wallet.act { advanceSubmission(id) }

    override suspend fun follow(): SubmissionView = wallet.act { followSubmission(id) }
}
