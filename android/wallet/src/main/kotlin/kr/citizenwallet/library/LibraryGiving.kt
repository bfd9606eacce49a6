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
    private val review: kr.citizenwallet.ffi.GiftReview,
) : GiftReview {
    override val view: GiftReviewView = review.view()

    override suspend fun approve(): Submission = LibrarySubmission(wallet, wallet.act { approveGift(review) }.id)

    override fun close(): Unit = review.close()
}

internal class LibraryRedemptionReview(
    private val wallet: LibraryWallet,
    private val review: kr.citizenwallet.ffi.RedemptionReview,
) : RedemptionReview {
    override val view: RedemptionReviewView = review.view()

    override suspend fun approve(): Submission = LibrarySubmission(wallet, wallet.act { approveRedemption(review) }.id)

    override fun close(): Unit = review.close()
}

internal class LibrarySubmission(
    private val wallet: LibraryWallet,
    override val id: String,
) : Submission {
    override suspend fun view(): SubmissionView =
        wallet.ask { submissions() }.firstOrNull { it.id == id } ?: throw WalletException.Invalid("submission-unknown")

    override suspend fun follow(): SubmissionView = wallet.act { followSubmission(id) }
}
