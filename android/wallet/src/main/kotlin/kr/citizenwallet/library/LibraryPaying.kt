package kr.citizenwallet.library

import kotlinx.coroutines.flow.Flow
import kr.citizenwallet.CodeReview
import kr.citizenwallet.Payment
import kr.citizenwallet.PaymentReview
import kr.citizenwallet.ScannedCode
import kr.citizenwallet.ShownCode
import kr.citizenwallet.Won
import kr.citizenwallet.ffi.CodeReading
import kr.citizenwallet.ffi.ReceiptFile
import kr.citizenwallet.ffi.Review
import kr.citizenwallet.ffi.WalletEvent
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.view.CodeReviewView
import kr.citizenwallet.ffi.view.MerchantView
import kr.citizenwallet.ffi.view.PaymentView
import kr.citizenwallet.ffi.view.RefundsView
import kr.citizenwallet.ffi.view.ReviewView
import kr.citizenwallet.ffi.view.ShownCodeView

internal class LibraryCode(
    code: kr.citizenwallet.ffi.ScannedCode,
) : ScannedCode {
    internal val held = Held(code, "code")

    override val reading: CodeReading get() = held.lend { it.reading() }
    override val merchant: MerchantView get() = held.lend { it.merchant() }
    override val isUsable: Boolean get() = held.lend { it.isUsable() }

    override fun close(): Unit = held.close()
}

internal class LibraryPaymentReview(
    private val wallet: LibraryWallet,
    review: Review,
) : PaymentReview {
    internal val held = Held(review, "review")

    override val view: ReviewView = review.view()

    override suspend fun approve(): Payment = held.lend { review -> LibraryPayment(wallet, wallet.act { approve(review) }.paymentId) }

    override fun close(): Unit = held.close()
}

internal class LibraryPayment(
    private val wallet: LibraryWallet,
    override val id: String,
) : Payment {
    override suspend fun view(): PaymentView = wallet.ask { payment(id) }

    override suspend fun look(): PaymentView = wallet.act { advancePayment(id) }

    override val states: Flow<PaymentView>
        get() =
            wallet.news.follow(
                first = { view() },
                tells = { event -> (event as? WalletEvent.Payment)?.payment?.takeIf { it.paymentId == id } },
                follow = { end() },
            )

    override suspend fun receipt(): ReceiptFile = wallet.ask { receipt(id) }

    override suspend fun receiptCode(): String = wallet.ask { receiptCode(id) }

    override suspend fun refunds(): RefundsView = wallet.ask { refunds(id) }

    override suspend fun askRefund(
        amount: Won,
        reason: String,
    ): RefundsView = wallet.act { askRefund(id, amount.amount, reason) }

    private suspend fun end(): PaymentView {
        while (true) {
            try {
                return wallet.act { followPayment(id) }
            } catch (_: WalletException.Pending) {
                // Not at its end after a minute: it ends by itself, and whoever collects wants to see it.
            }
        }
    }
}

internal class LibraryCodeReview(
    private val wallet: LibraryWallet,
    review: kr.citizenwallet.ffi.CodeReview,
) : CodeReview {
    private val held = Held(review, "review")

    override val view: CodeReviewView = review.view()

    override suspend fun show(): ShownCode = held.lend { review -> LibraryShownCode(wallet, wallet.act { showCode(review) }.paymentId) }

    override fun close(): Unit = held.close()
}

internal class LibraryShownCode(
    private val wallet: LibraryWallet,
    override val id: String,
) : ShownCode {
    override suspend fun view(): ShownCodeView =
        wallet.ask { codes() }.firstOrNull { it.paymentId == id } ?: throw WalletException.Invalid("payment-unknown")

    override suspend fun look(): ShownCodeView = wallet.act { advanceCode(id) }

    override val states: Flow<ShownCodeView>
        get() =
            wallet.news.follow(
                first = { view() },
                tells = { event -> (event as? WalletEvent.Code)?.code?.takeIf { it.paymentId == id } },
                follow = { wallet.act { followCode(id) } },
            )

    override suspend fun renew(): ShownCode = LibraryShownCode(wallet, wallet.act { renewCode(id) }.paymentId)

    override suspend fun hide(): ShownCodeView = wallet.act { hideCode(id) }
}
