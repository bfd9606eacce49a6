package kr.citizenwallet

import kotlinx.coroutines.flow.Flow
import kr.citizenwallet.ffi.ReceiptFile
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.view.PaymentView
import kr.citizenwallet.ffi.view.Progress
import kr.citizenwallet.ffi.view.RefundsView
import kr.citizenwallet.ffi.view.ReviewView

/** What will happen if the citizen approves. Nothing has happened yet. */
public interface PaymentReview : AutoCloseable {
    /** What to show. */
    public val view: ReviewView

    /**
     * Signs the order and hands it to the centre; the finger is asked here where the amount wants it. Once: a second approval fails with
     * [WalletException.Expired]. Without a connection the order lies in the outbox, and [CitizenWallet.sync] sends it.
     */
    public suspend fun approve(): Payment

    /** Lets go of it; what is forgotten is let go of later. */
    override fun close()
}

/** A payment of this phone. It goes on without the app. */
public interface Payment {
    /** Its number: 64 hexadecimal digits. */
    public val id: String

    /** How far it is, as far as it is known without asking anybody. */
    public suspend fun view(): PaymentView

    /** One look at the ledger: how far it is now. */
    public suspend fun look(): PaymentView

    /**
     * How far it is, step by step to its end, asking the ledger. Fails with [WalletException.Offline] without a connection: the payment
     * goes on, collect again. Ends with a state that [isFinal].
     */
    public val states: Flow<PaymentView>

    /** The receipt, once it is captured. */
    public suspend fun receipt(): ReceiptFile

    /** The text of a code by which the shop's till finds the payment, and proves it itself. */
    public suspend fun receiptCode(): String

    /** What came back so far, and what still may. */
    public suspend fun refunds(): RefundsView

    /** Asks the merchant to give so many won back. It is a wish: [refunds] shows whether it was granted. */
    public suspend fun askRefund(
        amount: Won,
        reason: String,
    ): RefundsView
}

/** Whether it is paid: proved, never said. */
public val PaymentView.isCaptured: Boolean get() = progress == Progress.CAPTURED

/** Whether the citizen card that the sum needs was not accepted: nothing is paid, and `card.reason` says why. */
public val PaymentView.isCardRefused: Boolean get() = card?.state == "refused"

/** Whether nothing more will happen. */
public val PaymentView.isFinal: Boolean
    get() = progress == Progress.CAPTURED || progress == Progress.REVERSED || progress == Progress.NEVER_HELD
