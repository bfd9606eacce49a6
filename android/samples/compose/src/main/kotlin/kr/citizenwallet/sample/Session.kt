package kr.citizenwallet.sample

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch
import kr.citizenwallet.BallotReview
import kr.citizenwallet.CitizenWallet
import kr.citizenwallet.NextStep
import kr.citizenwallet.OfferReview
import kr.citizenwallet.Payment
import kr.citizenwallet.PaymentReview
import kr.citizenwallet.PresentationReview
import kr.citizenwallet.Secret
import kr.citizenwallet.WalletConfig
import kr.citizenwallet.ffi.BallotChoice
import kr.citizenwallet.ffi.Link
import kr.citizenwallet.ffi.PresentationPick
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
import kr.citizenwallet.ffi.view.PollView
import kr.citizenwallet.ffi.view.ReceiptView
import kr.citizenwallet.ffi.view.RegistrationView
import kr.citizenwallet.ffi.view.VoteView
import kr.citizenwallet.isCaptured
import kr.citizenwallet.isPlaced
import kr.citizenwallet.next
import kr.citizenwallet.openLink
import kr.citizenwallet.won

/** What is on the screen. */
sealed interface Screen {
    data object Starting : Screen

    /** The PIN pad. [refusal]: why it is shown again. */
    data class AskPin(
        val isNew: Boolean,
        val refusal: WalletException? = null,
    ) : Screen

    /** The recovery code of a new wallet, to be written down. */
    data class WriteDown(
        val code: Secret,
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

    /** The card, what she holds, and who saw what of it. */
    data class Cards(
        val card: CardView?,
        val held: List<CredentialView>,
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

/** The wallet of the app and the screen it is at; one for the whole process. */
object Session {
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Main)
    private val shown = MutableStateFlow<Screen>(Screen.Starting)
    private lateinit var config: WalletConfig
    private var wallet: CitizenWallet? = null
    private var watching: Job? = null

    val screens: StateFlow<Screen> = shown.asStateFlow()

    fun begin(config: WalletConfig) {
        if (this::config.isInitialized) return
        this.config = config
        doing {
            if (config.store.exists()) wallet = CitizenWallet.open(config)
            show(Screen.AskPin(isNew = wallet == null))
        }
    }

    /** The app is in front again. */
    fun cameBack() = doing { if (wallet?.lockIfIdle() == true) show(Screen.AskPin(isNew = false)) }

    fun enter(pin: Secret) =
        doing {
            val open = wallet
            if (open == null) {
                val made = pin.use { CitizenWallet.create(config, it) }.also { wallet = it }
                show(Screen.WriteDown(made.generateRecoveryCode()))
            } else {
                pin.use { open.unlock(it) }
                home()
            }
        }

    /** She has written the code down and typed it again. */
    fun writtenDown(code: Secret) =
        doing {
            val open = checkNotNull(wallet)
            code.use { open.openAccount(it) }
            open.enrol("김하나")
            open.earn("eco", "eco-2026-h1")
            home()
        }

    fun home() {
        val open = checkNotNull(wallet)
        show(Screen.Home(balance = null))
        watching?.cancel()
        watching = doing { open.balances.collect { balance -> if (shown.value is Screen.Home) show(Screen.Home(balance)) } }
        doing { open.sync() }
    }

    fun scan() = show(Screen.Scan)

    /** What the camera or the system hands over says itself what it is. */
    fun scanned(text: String) =
        when (val link = openLink(text)) {
            is Link.CredentialOffer -> doing { show(Screen.Offer(checkNotNull(wallet).reviewOffer(link.text))) }
            is Link.AuthorizationReturn -> back(link.text)
            is Link.Presentation -> doing { show(Screen.Request(checkNotNull(wallet).reviewPresentation(link.text))) }
            else -> pay(text)
        }

    private fun pay(text: String) =
        doing {
            val open = checkNotNull(wallet)
            val code = open.scan(text)
            // A code that carries no amount: the sample pays what a roll costs.
            val amount = if (code.merchant.amount == null) 3_000.won else null
            show(Screen.Review(code.use { open.reviewPayment(it, amount) }))
        }

    fun approve(review: PaymentReview) = doing { follow(review.use { it.approve() }) }

    fun polls() =
        doing {
            show(Screen.Polls(polls = null))
            show(Screen.Polls(checkNotNull(wallet).polls()))
        }

    fun ask(poll: PollView) = show(Screen.Question(poll))

    /** The registrars see a citizen and never the ballot. */
    fun register(poll: PollView) = doing { checkNotNull(wallet).poll(poll.id).run { show(Screen.Question(view(), register())) } }

    fun choose(
        poll: PollView,
        choice: BallotChoice,
    ) = doing { show(Screen.Ballot(checkNotNull(wallet).poll(poll.id).reviewBallot(choice))) }

    fun check(ballot: BallotReview) = doing { show(Screen.Opened(ballot.use { it.check() })) }

    fun cast(ballot: BallotReview) =
        doing {
            val poll = checkNotNull(wallet).poll(ballot.view.pollId)
            show(Screen.Voting(ballot.use { it.cast() }))
            poll.states.collect { show(Screen.Voting(it)) }
            val vote = poll.vote()
            if (vote.isPlaced) show(Screen.Voting(vote, poll.verifyCounted()))
        }

    fun cards() =
        doing {
            val open = checkNotNull(wallet)
            show(Screen.Cards(card = null, open.credentials(), open.credentialLog()))
            val held = open.refreshCredentials()
            show(Screen.Cards(open.card(), held, open.credentialLog()))
        }

    fun accept(
        offer: OfferReview,
        code: String,
    ) = doing {
        if (offer.view.needsBrowser) {
            show(Screen.SignIn(offer.use { it.authorize() }))
        } else {
            offer.use { it.accept(code) }
            cards()
        }
    }

    /** The browser is back from the issuer's page; a wallet that is locked by now asks for the PIN, and the link is opened again. */
    private fun back(link: String) =
        doing {
            checkNotNull(wallet).completeAuthorization(link)
            cards()
        }

    fun giveUp() =
        doing {
            checkNotNull(wallet).cancelAuthorization()
            home()
        }

    fun present(
        request: PresentationReview,
        picks: List<PresentationPick>,
    ) = doing { show(Screen.Told(request.use { it.present(picks) }.text)) }

    fun decline(request: PresentationReview) =
        doing {
            request.use { it.decline() }
            cards()
        }

    private suspend fun follow(payment: Payment) {
        payment.states.collect { show(Screen.Paying(it)) }
        if (payment.view().isCaptured) show(Screen.Receipt(payment.receipt().view))
    }

    private fun show(screen: Screen) {
        shown.value = screen
    }

    private fun doing(work: suspend () -> Unit): Job =
        scope.launch {
            try {
                work()
            } catch (refused: WalletException) {
                refuse(refused)
            }
        }

    /** What the screen does about it: the PIN pad, nothing, or the sentence over the home screen. */
    private fun refuse(refused: WalletException) {
        when (refused.next) {
            is NextStep.AskPin -> show(Screen.AskPin(isNew = wallet == null, refusal = refused))
            is NextStep.Nothing -> Unit
            else -> show(Screen.Home(balance = (shown.value as? Screen.Home)?.balance, refusal = refused))
        }
    }
}
