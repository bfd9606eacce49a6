package kr.citizenwallet.sample

import kr.citizenwallet.BallotReview
import kr.citizenwallet.OfferReview
import kr.citizenwallet.PaymentReview
import kr.citizenwallet.PresentationReview
import kr.citizenwallet.RegistrationReview
import kr.citizenwallet.Secret
import kr.citizenwallet.android.KeystoreReadiness
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.view.AuthorizationView
import kr.citizenwallet.ffi.view.BalanceView
import kr.citizenwallet.ffi.view.CardView
import kr.citizenwallet.ffi.view.CountedView
import kr.citizenwallet.ffi.view.CredentialEventView
import kr.citizenwallet.ffi.view.CredentialView
import kr.citizenwallet.ffi.view.Message
import kr.citizenwallet.ffi.view.OpenedBallotView
import kr.citizenwallet.ffi.view.PaymentView
import kr.citizenwallet.ffi.view.PendingCredentialView
import kr.citizenwallet.ffi.view.PollView
import kr.citizenwallet.ffi.view.ReceiptView
import kr.citizenwallet.ffi.view.RegistrationView
import kr.citizenwallet.ffi.view.VoteView

/** What is on the screen. */
sealed interface Screen {
    /** Opening. [refusal]: why it cannot be opened; she can try again. */
    data class Starting(
        val refusal: WalletException? = null,
    ) : Screen

    /** What she has to set up on the phone before there can be a wallet. */
    data class NotReady(
        val readiness: KeystoreReadiness,
    ) : Screen

    /** The PIN pad. [refusal]: why it is shown again. [attempt]: another each time, so that it begins empty. */
    data class AskPin(
        val isNew: Boolean,
        val refusal: WalletException?,
        val attempt: Int,
    ) : Screen

    /** The recovery code of a new wallet, to be written down. */
    data class WriteDown(
        val code: Secret,
    ) : Screen

    /** And to be typed from the paper. [isWrong]: it was another one. [attempt]: another each time, so that the field is empty. */
    data class TypeAgain(
        val attempt: Int,
        val isWrong: Boolean = false,
        val refusal: WalletException? = null,
    ) : Screen

    /** The recovery code of a phone that is lost, this wallet's or not. [attempt]: another each time, so that the field is empty. */
    data class LostPhone(
        val attempt: Int,
        val refusal: WalletException? = null,
    ) : Screen

    /** What became of the lost phone's account. */
    data class Stopped(
        val text: Message,
    ) : Screen

    data class Home(
        val balance: BalanceView?,
        val refusal: WalletException? = null,
    ) : Screen

    data object Scan : Screen

    data class Review(
        val review: PaymentReview,
    ) : Screen

    data class Paying(
        val payment: PaymentView,
    ) : Screen

    data class Receipt(
        val receipt: ReceiptView,
    ) : Screen

    data class Polls(
        val polls: List<PollView>?,
    ) : Screen

    /** What is asked. [registration]: who has signed, once she has asked. */
    data class Question(
        val poll: PollView,
        val registration: RegistrationView? = null,
    ) : Screen

    /** Which registrars ask, and what of the card they would see. Nothing was shown yet. */
    data class Registration(
        val review: RegistrationReview,
    ) : Screen

    /** The fingerprint, and the question "cast it, or check it?". */
    data class Ballot(
        val ballot: BallotReview,
    ) : Screen

    /** What the second device needs. */
    data class Opened(
        val ballot: OpenedBallotView,
    ) : Screen

    data class Voting(
        val vote: VoteView,
        val counted: CountedView? = null,
    ) : Screen

    /** The card, what she holds, what she waits for, and who saw what of it. */
    data class Cards(
        val card: CardView?,
        val held: List<CredentialView>,
        val pending: List<PendingCredentialView>,
        val log: List<CredentialEventView>,
    ) : Screen

    /** Who offers what, and the field for the code. */
    data class Offer(
        val offer: OfferReview,
    ) : Screen

    /** Which page to open in the browser, to sign in for an offer. */
    data class SignIn(
        val page: AuthorizationView,
    ) : Screen

    /** Who asks, what for, which claims. */
    data class Request(
        val request: PresentationReview,
    ) : Screen

    /** What it came to. */
    data class Told(
        val text: Message,
    ) : Screen
}
