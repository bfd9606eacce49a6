package kr.citizenwallet.sample

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.delay
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
import kr.citizenwallet.Poll
import kr.citizenwallet.PresentationReview
import kr.citizenwallet.RegistrationReview
import kr.citizenwallet.Secret
import kr.citizenwallet.WalletConfig
import kr.citizenwallet.android.KeystoreReadiness
import kr.citizenwallet.ffi.BallotChoice
import kr.citizenwallet.ffi.Link
import kr.citizenwallet.ffi.PresentationPick
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.view.PollView
import kr.citizenwallet.isCaptured
import kr.citizenwallet.isPlaced
import kr.citizenwallet.next
import kr.citizenwallet.openLink
import kr.citizenwallet.won
import kotlin.time.Duration.Companion.seconds

/** The wallet of the app and the screen it is at; one for the whole process. */
object Session {
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Main)
    private val shown = MutableStateFlow<Screen>(Screen.Starting())
    private val working = MutableStateFlow(false)
    private lateinit var config: WalletConfig
    private lateinit var readiness: () -> KeystoreReadiness
    private var wallet: CitizenWallet? = null
    private var watching: Job? = null

    private var attempts = 0

    /** The recovery code between paper and field. */
    private var fresh: Secret? = null

    /** A link that waits behind the PIN. */
    private var waiting: String? = null

    val screens: StateFlow<Screen> = shown.asStateFlow()

    /** Whether something that she asked for is under way: nothing else can be asked for meanwhile. */
    val busy: StateFlow<Boolean> = working.asStateFlow()

    fun begin(
        config: WalletConfig,
        readiness: () -> KeystoreReadiness,
    ) {
        if (this::config.isInitialized) return
        this.config = config
        this.readiness = readiness
        start()
        scope.launch {
            while (true) {
                delay(LOOK)
                cameBack()
            }
        }
    }

    fun start() =
        act {
            val isReady = readiness()
            if (config.store.exists()) {
                if (wallet == null) wallet = CitizenWallet.open(config)
                askPin()
            } else if (isReady == KeystoreReadiness.READY) {
                askPin()
            } else {
                show(Screen.NotReady(isReady))
            }
        }

    /** The app is in front again, or some time has gone by. */
    fun cameBack() = doing { if (shown.value !is Screen.AskPin && wallet?.lockIfIdle() == true) askPin() }

    fun enter(pin: Secret) =
        act {
            pin.use {
                val open = wallet
                if (open == null) wallet = CitizenWallet.create(config, it) else open.unlock(it)
            }
            goOn()
        }

    /** Where the last run stopped: a wallet without an account goes on with a recovery code, a new one, for nothing hangs on the old. */
    private suspend fun goOn() {
        val open = checkNotNull(wallet)
        if (open.hasAccount()) {
            home()
            followLink()
        } else {
            fresh?.close()
            fresh = open.generateRecoveryCode().also { show(Screen.WriteDown(it)) }
        }
    }

    private suspend fun CitizenWallet.hasAccount() =
        try {
            account()
            true
        } catch (missing: WalletException.Invalid) {
            if (missing.reason != "account-missing") throw missing
            false
        }

    /** She says that she has. She shows it: the field comes next, and not the code. */
    fun writtenDown() = show(Screen.TypeAgain(++attempts))

    /** Looks once more at the code, which is still the same. */
    fun lookAgain() = fresh?.let { show(Screen.WriteDown(it)) }

    /** Each of these can be done twice: whoever was offline, or whose app was closed, goes on. */
    fun typedAgain(typed: Secret) =
        act {
            val open = checkNotNull(wallet)
            typed.use {
                if (!it.isSameCode(checkNotNull(fresh))) return@act show(Screen.TypeAgain(++attempts, isWrong = true))
                if (!open.hasAccount()) open.openAccount(it)
            }
            fresh?.close()
            fresh = null
            connect(open)
        }

    /** From this wallet, whosever the lost phone is: with an account of its own or before there is one. */
    fun lostPhone() = show(Screen.LostPhone(++attempts))

    /** Nothing is stopped before the ledger says so: who gives up waiting can do it again. */
    fun freeze(typed: Secret) = act { show(Screen.Stopped(typed.use { checkNotNull(wallet).freeze(it) }.follow().text)) }

    /** Back to where this wallet is itself. */
    fun own() = act { goOn() }

    fun connectBank() = act { connect(checkNotNull(wallet)) }

    private suspend fun connect(open: CitizenWallet) {
        home()
        open.enrol("김하나")
        open.earn("eco", "eco-2026-h1")
    }

    fun home() {
        val open = checkNotNull(wallet)
        show(Screen.Home(balance = null))
        watching?.cancel()
        watching = doing { open.balances.collect { balance -> (shown.value as? Screen.Home)?.let { show(it.copy(balance = balance)) } } }
        doing { open.sync() }
    }

    /** A link of a page or of another app: a stranger's. It is read once she has entered her PIN, and never approved without her. */
    fun linked(link: String) {
        waiting = link
        val now = shown.value
        val isClosed = now is Screen.Starting || now is Screen.NotReady || now is Screen.AskPin
        if (isClosed || fresh != null) return
        doing { if (wallet?.lockIfIdle() == true) askPin() else followLink() }
    }

    private fun followLink() {
        val link = waiting ?: return
        waiting = null
        scanned(link)
    }

    fun scan() = show(Screen.Scan)

    /** What the camera or the system hands over says itself what it is. */
    fun scanned(text: String) {
        when (val link = openLink(text)) {
            is Link.CredentialOffer -> doing { show(Screen.Offer(checkNotNull(wallet).reviewOffer(link.text))) }

            is Link.AuthorizationReturn -> back(link.text)

            is Link.Presentation -> doing { show(Screen.Request(checkNotNull(wallet).reviewPresentation(link.text))) }

            is Link.Page -> home()

            is Link.ReceiptCode -> show(Screen.Told(link.refusal))

            is Link.Unknown -> show(Screen.Told(link.refusal))

            // What cannot be paid, a gift's code too, is refused with its reason.
            is Link.PaymentCode, is Link.GiftCode -> pay(text)
        }
    }

    private fun pay(text: String) =
        doing {
            val open = checkNotNull(wallet)
            val code = open.scan(text)
            // A code that carries no amount: the sample pays what a roll costs.
            val amount = if (code.merchant.amount == null) 3_000.won else null
            show(Screen.Review(code.use { open.reviewPayment(it, amount) }))
        }

    fun approve(review: PaymentReview) =
        act {
            val payment = review.use { it.approve() }
            doing { follow(payment) }
        }

    fun polls() =
        doing {
            show(Screen.Polls(polls = null))
            show(Screen.Polls(checkNotNull(wallet).polls()))
        }

    fun ask(poll: PollView) = show(Screen.Question(poll))

    /** The registrars are asked, under nobody's name, how they want to know her. */
    fun reviewRegistration(poll: PollView) = doing { show(Screen.Registration(checkNotNull(wallet).poll(poll.id).reviewRegistration())) }

    /** She has seen who asks for what. They see a citizen and never the ballot. */
    fun register(review: RegistrationReview) =
        act {
            val registration = review.use { it.register() }
            show(Screen.Question(checkNotNull(wallet).poll(registration.pollId).view(), registration))
        }

    /** Those that did not answer are asked again: she has approved it. */
    fun goOn(poll: PollView) = doing { checkNotNull(wallet).poll(poll.id).run { show(Screen.Question(view(), register())) } }

    fun choose(
        poll: PollView,
        choice: BallotChoice,
    ) = act { show(Screen.Ballot(checkNotNull(wallet).poll(poll.id).reviewBallot(choice))) }

    fun check(ballot: BallotReview) = act { show(Screen.Opened(ballot.use { it.check() })) }

    fun cast(ballot: BallotReview) =
        act {
            val poll = checkNotNull(wallet).poll(ballot.view.pollId)
            show(Screen.Voting(ballot.use { it.cast() }))
            doing { follow(poll) }
        }

    private suspend fun follow(poll: Poll) {
        poll.states.collect { if (shown.value is Screen.Voting) show(Screen.Voting(it)) }
        val vote = poll.vote()
        if (vote.isPlaced && shown.value is Screen.Voting) show(Screen.Voting(vote, poll.verifyCounted()))
    }

    fun cards() =
        doing {
            val open = checkNotNull(wallet)
            show(Screen.Cards(card = null, open.credentials(), open.pendingCredentials(), open.credentialLog()))
            val held = open.refreshCredentials()
            show(Screen.Cards(open.card(), held, open.pendingCredentials(), open.credentialLog()))
        }

    /** She waits for it no more. Its issuer hears nothing of it. */
    fun forgetPending(id: String) =
        act {
            checkNotNull(wallet).forgetPending(id)
            cards()
        }

    fun accept(
        offer: OfferReview,
        code: Secret?,
    ) = act {
        try {
            if (offer.view.needsBrowser) {
                show(Screen.SignIn(offer.use { it.authorize() }))
            } else {
                offer.use { it.accept(code) }
                cards()
            }
        } finally {
            code?.close()
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
    ) = act { show(Screen.Told(request.use { it.present(picks) }.text)) }

    fun decline(request: PresentationReview) =
        act {
            request.use { it.decline() }
            cards()
        }

    private suspend fun follow(payment: Payment) {
        show(Screen.Paying(payment.view()))
        payment.states.collect { if (shown.value is Screen.Paying) show(Screen.Paying(it)) }
        if (payment.view().isCaptured && shown.value is Screen.Paying) show(Screen.Receipt(payment.receipt().view))
    }

    private fun askPin(refusal: WalletException? = null) = show(Screen.AskPin(isNew = wallet == null, refusal, ++attempts))

    private fun show(screen: Screen) {
        shown.value = screen
    }

    /** Something that she asked for, one at a time: a second tap is no second payment. */
    private fun act(work: suspend () -> Unit) {
        if (!working.compareAndSet(expect = false, update = true)) return
        doing(work).invokeOnCompletion { working.value = false }
    }

    private fun doing(work: suspend () -> Unit): Job =
        scope.launch {
            try {
                work()
            } catch (refused: WalletException) {
                refuse(refused)
            }
        }

    /** What the screen does about it: the PIN pad, nothing, or the sentence over the screen that she can go on from. */
    private fun refuse(refused: WalletException) {
        when (refused.next) {
            is NextStep.AskPin -> askPin(refused)

            // She has stopped it, or the wallet was let go of.
            is NextStep.Nothing -> goBack(refusal = null)

            else -> goBack(refused)
        }
    }

    /** What was typed is wiped by now, and what was reviewed is answered: those screens begin anew. */
    private fun goBack(refusal: WalletException?) {
        when (val now = shown.value) {
            is Screen.Starting, is Screen.NotReady -> {
                show(Screen.Starting(refusal))
            }

            is Screen.AskPin -> {
                askPin(refusal)
            }

            is Screen.WriteDown, is Screen.TypeAgain -> {
                show(Screen.TypeAgain(++attempts, refusal = refusal))
            }

            is Screen.LostPhone -> {
                show(Screen.LostPhone(++attempts, refusal))
            }

            is Screen.Home -> {
                show(now.copy(refusal = refusal))
            }

            else -> {
                home()
                show(Screen.Home(balance = null, refusal))
            }
        }
    }

    private val LOOK = 15.seconds
}

/** Whether two recovery codes are one: hyphens and small letters do not count. No text holds either. */
private fun Secret.isSameCode(other: Secret): Boolean {
    val (typed, shown) = characters() to other.characters()
    val isSame = typed.plain().contentEquals(shown.plain())
    typed.fill('\u0000')
    shown.fill('\u0000')
    return isSame
}

/** In place: the letters to the front, zeros behind them. */
private fun CharArray.plain(): CharArray {
    var end = 0
    for (at in indices) if (this[at].isLetterOrDigit()) this[end++] = this[at].uppercaseChar()
    fill('\u0000', end)
    return if (end == size) this else copyOf(end).also { fill('\u0000') }
}
