package kr.citizenwallet.preview

import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kr.citizenwallet.CodeReview
import kr.citizenwallet.GiftReview
import kr.citizenwallet.Payment
import kr.citizenwallet.PaymentReview
import kr.citizenwallet.Points
import kr.citizenwallet.RedemptionReview
import kr.citizenwallet.ScannedCode
import kr.citizenwallet.ShownCode
import kr.citizenwallet.Submission
import kr.citizenwallet.Won
import kr.citizenwallet.ffi.CodeReading
import kr.citizenwallet.ffi.ReceiptFile
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.inspectCode
import kr.citizenwallet.ffi.view.CodeReviewView
import kr.citizenwallet.ffi.view.GiftReviewView
import kr.citizenwallet.ffi.view.MerchantView
import kr.citizenwallet.ffi.view.Message
import kr.citizenwallet.ffi.view.PaymentView
import kr.citizenwallet.ffi.view.RedemptionReviewView
import kr.citizenwallet.ffi.view.RefundsView
import kr.citizenwallet.ffi.view.ReviewView
import kr.citizenwallet.ffi.view.ShownCodeView
import kr.citizenwallet.ffi.view.SubmissionView
import kr.citizenwallet.isFinal

internal class PreviewCode(
    text: String,
    override val merchant: MerchantView,
) : ScannedCode {
    override val reading: CodeReading = inspectCode(text)
    override val isUsable: Boolean get() = merchant.status == "usable"

    override fun close(): Unit = Unit
}

internal class PreviewPaymentReview(
    private val wallet: PreviewWallet,
) : PaymentReview {
    override val view: ReviewView get() = wallet.views.review
    private var isApproved = false

    override suspend fun approve(): Payment =
        wallet.unlessRefused {
            if (isApproved) throw WalletException.Expired("review")
            isApproved = true
            PreviewPayment(
                wallet,
                wallet.views.payments
                    .firstOrNull()
                    ?.paymentId ?: PreviewWallet.NUMBER,
            )
        }

    override fun close(): Unit = Unit
}

internal class PreviewPayment(
    private val wallet: PreviewWallet,
    override val id: String,
) : Payment {
    override suspend fun view(): PaymentView =
        wallet.answer { wallet.views.payments.firstOrNull { it.paymentId == id } ?: throw WalletException.Invalid("payment-unknown") }

    override suspend fun look(): PaymentView = view()

    /** Its state; one that is not an end stays for as long as anybody looks. */
    override val states: Flow<PaymentView> =
        flow {
            emit(view())
            if (!view().isFinal) awaitCancellation()
        }

    override suspend fun receipt(): ReceiptFile =
        wallet.answer { ReceiptFile(wallet.views.receipt ?: throw WalletException.Invalid("payment-unknown"), ByteArray(0)) }

    override suspend fun receiptCode(): String = wallet.answer { "SWR1.PREVIEW" }

    override suspend fun refunds(): RefundsView =
        view().run { RefundsView(id, emptyList(), 0UL, points + krw, wallet.views.home.balance.points.verified) }

    override suspend fun askRefund(
        amount: Won,
        reason: String,
    ): RefundsView = refunds()
}

internal class PreviewCodeReview(
    private val wallet: PreviewWallet,
    total: Won,
) : CodeReview {
    override val view: CodeReviewView =
        wallet.views.review.run { CodeReviewView(minOf(points, total.amount), total.amount, SECONDS, until, cosigned, verified, spoken) }

    override suspend fun show(): ShownCode =
        wallet.unlessRefused { PreviewShownCode(wallet, wallet.views.code?.paymentId ?: PreviewWallet.NUMBER) }

    override fun close(): Unit = Unit

    private companion object {
        const val SECONDS = 180UL
    }
}

internal class PreviewShownCode(
    private val wallet: PreviewWallet,
    override val id: String,
) : ShownCode {
    override suspend fun view(): ShownCodeView = wallet.answer { wallet.views.code ?: throw WalletException.Invalid("payment-unknown") }

    override suspend fun look(): ShownCodeView = view()

    /** It stays open for as long as anybody looks. */
    override val states: Flow<ShownCodeView> =
        flow {
            emit(view())
            awaitCancellation()
        }

    override suspend fun renew(): ShownCode = wallet.answer { this }

    override suspend fun hide(): ShownCodeView = view().copy(state = "revoked")
}

internal class PreviewGiftReview(
    private val wallet: PreviewWallet,
    points: Points,
) : GiftReview {
    override val view: GiftReviewView =
        wallet.views.run {
            val left = home.balance.points.points - minOf(points.amount, home.balance.points.points)
            GiftReviewView(account.account, points.amount, left, review.until, review.cosigned, review.verified, GIVEN)
        }

    override suspend fun approve(): Submission = wallet.unlessRefused { PreviewSubmission(wallet, "gift", view.points) }

    override fun close(): Unit = Unit
}

internal class PreviewRedemptionReview(
    private val wallet: PreviewWallet,
    points: Points,
) : RedemptionReview {
    override val view: RedemptionReviewView =
        wallet.views.run {
            val left = home.balance.points.points - minOf(points.amount, home.balance.points.points)
            RedemptionReviewView(points.amount, left, STEP, true, review.until, review.cosigned, review.verified, REDEEMED)
        }

    override suspend fun approve(): Submission = wallet.unlessRefused { PreviewSubmission(wallet, "redemption", view.points) }

    override fun close(): Unit = Unit

    private companion object {
        const val STEP = 10_000UL
    }
}

internal class PreviewSubmission(
    private val wallet: PreviewWallet,
    private val kind: String,
    private val points: ULong = 0UL,
) : Submission {
    override val id: String = PreviewWallet.NUMBER

    override suspend fun view(): SubmissionView = wallet.answer { at("sent", SENT) }

    override suspend fun look(): SubmissionView = view()

    override suspend fun follow(): SubmissionView {
        delay(PreviewWallet.STEP)
        return wallet.answer { at("done", DONE) }
    }

    private fun at(
        state: String,
        text: Message,
    ) = wallet.views.review.run {
        SubmissionView(
            id,
            kind,
            state,
            this@PreviewSubmission.points,
            verified.time,
            verified,
            null,
            null,
            text,
            state == "done",
        )
    }
}

private val GIVEN = Message("포인트를 선물합니다. 되돌릴 수 없습니다.", "A gift of points. It cannot be taken back.")
private val REDEEMED = Message("포인트를 상품권으로 바꿉니다. 되돌릴 수 없습니다.", "Points for a gift certificate. It cannot be undone.")
private val SENT = Message("보냈습니다.", "Sent.")
private val DONE = Message("끝났습니다.", "Done.")
