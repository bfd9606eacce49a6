package kr.citizenwallet.readme

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.runInterruptible
import kr.citizenwallet.CitizenWallet
import kr.citizenwallet.City
import kr.citizenwallet.FileKeys
import kr.citizenwallet.Identity
import kr.citizenwallet.NextStep
import kr.citizenwallet.PresentationAnswer
import kr.citizenwallet.RecoveryStep
import kr.citizenwallet.Secret
import kr.citizenwallet.WalletConfig
import kr.citizenwallet.answer
import kr.citizenwallet.choose
import kr.citizenwallet.exactly
import kr.citizenwallet.ffi.CodeReading
import kr.citizenwallet.ffi.HttpHeader
import kr.citizenwallet.ffi.HttpMethod
import kr.citizenwallet.ffi.HttpRequest
import kr.citizenwallet.ffi.HttpResponse
import kr.citizenwallet.ffi.Language
import kr.citizenwallet.ffi.Link
import kr.citizenwallet.ffi.Transport
import kr.citizenwallet.ffi.TransportException
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.view.BalanceView
import kr.citizenwallet.ffi.view.BallotReviewView
import kr.citizenwallet.ffi.view.CountedView
import kr.citizenwallet.ffi.view.OfferReviewView
import kr.citizenwallet.ffi.view.PaymentView
import kr.citizenwallet.ffi.view.PresentationReviewView
import kr.citizenwallet.ffi.view.PreviewState
import kr.citizenwallet.ffi.view.ReceiptView
import kr.citizenwallet.ffi.view.RegistrationReviewView
import kr.citizenwallet.ffi.view.ReviewView
import kr.citizenwallet.ffi.view.VoteView
import kr.citizenwallet.isCaptured
import kr.citizenwallet.isUnderRecovery
import kr.citizenwallet.next
import kr.citizenwallet.openLink
import kr.citizenwallet.points
import kr.citizenwallet.preview.PreviewWallet
import kr.citizenwallet.scan
import kr.citizenwallet.secretOf
import kr.citizenwallet.verifyReceipt
import kr.citizenwallet.won
import java.io.File
import java.io.IOException
import java.net.HttpURLConnection
import java.net.URI
import kotlin.time.Duration

/** The pieces of Kotlin in `android/README.md`, compiled, and the main road of them run. Each stands between two markers. */
internal class Snippets(
    private val screen: Shown,
) {
    /** What the app's screens can do. */
    interface Shown {
        val isWaiting: Boolean

        fun show(review: ReviewView)

        fun show(balance: BalanceView)

        fun show(payment: PaymentView)

        fun show(receipt: ReceiptView)

        fun show(ballot: BallotReviewView)

        fun show(registration: RegistrationReviewView)

        fun show(vote: VoteView)

        fun show(counted: CountedView)

        fun show(offer: OfferReviewView)

        fun show(request: PresentationReviewView)

        fun showCode(characters: CharArray)

        fun say(text: String)

        fun showPinPad(wait: Duration)

        fun grey(asOf: ULong)

        fun open(code: CodeReading)
    }

    private fun show(review: ReviewView) = screen.show(review)

    private fun show(balance: BalanceView) = screen.show(balance)

    private fun show(payment: PaymentView) = screen.show(payment)

    private fun show(receipt: ReceiptView) = screen.show(receipt)

    private fun show(ballot: BallotReviewView) = screen.show(ballot)

    private fun show(registration: RegistrationReviewView) = screen.show(registration)

    private fun show(vote: VoteView) = screen.show(vote)

    private fun show(counted: CountedView) = screen.show(counted)

    private fun show(offer: OfferReviewView) = screen.show(offer)

    private fun show(request: PresentationReviewView) = screen.show(request)

    suspend fun desktop(
        folder: File,
        url: String,
        trustFile: File,
        digits: CharArray,
    ): CitizenWallet {
        // snippet: desktop
        val pin = secretOf(digits) // the array is wiped; a PIN pad has no array at all, see below
        val config = WalletConfig(File(folder, "citizen.wallet"), FileKeys(File(folder, "keys")), City(url, trustFile))
        val wallet = CitizenWallet.create(config, pin)
        // end
        return wallet
    }

    suspend fun firstTime(
        wallet: CitizenWallet,
        typed: () -> CharArray,
    ) {
        // snippet: first-time
        wallet.generateRecoveryCode().use { code -> screen.showCode(code.characters()) } // she writes it down
        secretOf(typed()).use { code -> wallet.openAccount(code) } // and types it again; the finger is asked here
        wallet.enrol("김하나") // connects her bank
        wallet.earn("eco", "eco-2026-h1") // the sandbox's eco mileage: 10,000 points
        // end
    }

    suspend fun pay(
        wallet: CitizenWallet,
        qrText: String,
    ) {
        // snippet: pay
        val code = wallet.scan(qrText)
        val review = wallet.reviewPayment(code, amount = 12_000.won, coins = 5_000.points.exactly)
        show(review.view) // nothing has happened yet
        val payment = review.approve() // above the ledger's limit (sandbox: 200,000 won) the finger is asked here
        payment.states.collect { show(it) } // requested … held … debited … captured; it goes on without the app
        if (payment.view().isCaptured) show(payment.receipt().view)
        // end
    }

    suspend fun vote(wallet: CitizenWallet) {
        // snippet: vote
        val polls = wallet.pollsNear() // or pollsNear("마포구"), which she chose: nobody is told
        val poll = wallet.poll((polls.near + polls.city + polls.elsewhere).first { it.open }.id)
        val registration = poll.reviewRegistration() // by the card or by the account, as the poll's registrars want it
        show(registration.view) // what of the card which registrars would see
        registration.register() // they see a citizen, never the ballot; poll.register() again, if one did not answer
        val question = poll.view().contests.first()
        val ballot = poll.reviewBallot(question.choose(question.options.first()))
        show(ballot.view) // its fingerprint first: "cast it, or check it?"
        ballot.cast() // or ballot.check(): opened on a second device, never counted
        poll.states.collect { show(it) } // promised … placed; it goes on without the app
        show(poll.verifyCounted()) // and poll.verify(), once it is over: the whole result, on the phone
        // end
    }

    suspend fun receive(
        wallet: CitizenWallet,
        link: String,
        typed: () -> CharArray,
    ) {
        // snippet: card
        val offer = wallet.reviewOffer(link) // the counter's QR code, or a link
        show(offer.view) // who issues what; whom the registry does not have cannot issue anything
        secretOf(typed()).use { code -> offer.accept(code) } // which she was sent by letter
        wallet.refreshCredentials() // whole lists of statuses: nobody learns whose is looked at
        // end
    }

    suspend fun present(
        wallet: CitizenWallet,
        link: String,
    ) {
        // snippet: present
        val request = wallet.reviewPresentation(link)
        show(request.view) // who asks, what for, which claims; she agrees, or picks herself: `part.pick(…)`
        when (val answer = request.answer) {
            is PresentationAnswer.Possible -> request.present(answer.suggested)
            is PresentationAnswer.Missing, is PresentationAnswer.Beyond -> request.decline()
            is PresentationAnswer.Stranger -> screen.say(request.view.text.ko) // it hears nothing
        }
        for (line in wallet.credentialLog()) screen.say(line.text.ko) // who saw what, when, and why
        // end
    }

    suspend fun leave(
        wallet: CitizenWallet,
        left: String,
    ) {
        // snippet: services
        for (service in wallet.services()) {
            screen.say(service.text.ko) // where she is known, and since when
            if (service.service.ko == left) wallet.service(service.id).forget() // next time she is new there
        }
        // end
    }

    fun watch(
        wallet: CitizenWallet,
        scope: CoroutineScope,
    ) {
        // snippet: watch
        scope.launch { wallet.balances.collect { show(it) } } // now, and after whatever changes it
        scope.launch { wallet.sync() } // at start, and when the app comes back to the front
        // end
    }

    // snippet: errors
    suspend fun guarded(work: suspend () -> Unit) {
        try {
            work()
        } catch (error: WalletException) {
            when (val step = error.next) {
                is NextStep.AskPin -> screen.showPinPad(step.wait)
                is NextStep.ShowStale -> screen.grey(step.asOf)
                is NextStep.Nothing -> Unit
                else -> screen.say(error.text(Language.KOREAN))
            }
        }
    }
    // end

    suspend fun enter(
        wallet: CitizenWallet,
        digits: String,
    ) {
        // snippet: pin
        val pin = Secret()
        for (digit in digits) pin.push(digit) // each key of the pad; `pin.pop()` takes one back
        pin.use { wallet.unlock(it) } // closed, it is wiped
        // end
    }

    suspend fun backUp(
        wallet: CitizenWallet,
        typedCode: CharArray,
    ): ByteArray {
        // snippet: backup
        val backup = secretOf(typedCode).use { code -> wallet.backup(code) } // keep it anywhere: it is sealed
        // end
        return backup
    }

    suspend fun restore(
        config: WalletConfig,
        backup: ByteArray,
        typedCode: CharArray,
        pin: Secret,
    ): CitizenWallet {
        // snippet: restore
        val wallet = secretOf(typedCode).use { code -> CitizenWallet.restore(config, backup, code, pin) }
        // end
        return wallet
    }

    suspend fun enrolRecovery(wallet: CitizenWallet) {
        // snippet: enrol-recovery
        val who = Identity(number = "SB-1001", name = "홍길동", birthDate = "1999-03-02") // as the register has her
        screen.say(wallet.enrolRecovery(who).text.ko) // while nothing is lost
        // end
    }

    suspend fun recover(
        wallet: CitizenWallet,
        who: Identity,
        typed: () -> CharArray,
    ) {
        // snippet: recover
        wallet.generateRecoveryCode().use { code -> screen.showCode(code.characters()) } // a new one; she writes it down
        secretOf(typed()).use { code -> wallet.recoverByOffice(who, code) } // on a new wallet, without an account
        val recovery = wallet.followRecovery() // and `wallet.recovery()` on each day that follows
        screen.say(recovery.text.ko)
        // the finger is asked at the end; to uphold it, officers have seen her again
        when (recovery.next) {
            is RecoveryStep.Complete -> secretOf(typed()).use { code -> wallet.completeRecovery(code) }
            is RecoveryStep.Uphold -> wallet.upholdRecovery()
            is RecoveryStep.ShowMore, is RecoveryStep.Follow, is RecoveryStep.Wait, is RecoveryStep.AskAnew -> Unit
        }
        // end
    }

    suspend fun answer(
        wallet: CitizenWallet,
        isHers: Boolean,
        who: Identity,
    ) {
        // snippet: object
        val custody = wallet.custody()
        screen.say(custody.text.ko) // over everything else on the home screen
        if (custody.canObject && !isHers) wallet.objectToRecovery().follow() // the finger is asked here
        if (custody.isUnderRecovery && isHers) wallet.dismissRecovery(who).follow() // she has found this phone after all
        // end
    }

    suspend fun verify(
        file: ByteArray,
        trustFile: String,
        config: WalletConfig,
    ) {
        // snippet: verify
        show(verifyReceipt(file, trustFile, config)) // no wallet, no network
        // end
    }

    // snippet: transport
    class OwnTransport : Transport {
        override suspend fun send(request: HttpRequest): HttpResponse =
            try {
                runInterruptible(Dispatchers.IO) { ask(request) }
            } catch (_: IOException) {
                throw TransportException.Offline()
            }

        private fun ask(request: HttpRequest): HttpResponse {
            val asking = URI(request.url).toURL().openConnection() as HttpURLConnection
            asking.instanceFollowRedirects = false
            asking.connectTimeout = 30_000
            asking.readTimeout = 30_000
            asking.requestMethod = request.method.name
            asking.setRequestProperty("connection", "close") // one that is kept may send a POST twice
            if (request.headers.isEmpty()) asking.setRequestProperty("content-type", "application/json") // to the city
            for (header in request.headers) asking.setRequestProperty(header.name, header.value) // to an issuer or a verifier
            if (request.method == HttpMethod.POST) {
                asking.doOutput = true
                asking.outputStream.use { it.write(request.body) }
            }
            val status = asking.responseCode
            val body = (if (status < 400) asking.inputStream else asking.errorStream)?.use { it.readBytes() }
            val named = asking.headerFields.filterKeys { it != null } // the status has no name
            val headers = named.flatMap { (name, values) -> values.map { HttpHeader(name, it) } }
            return HttpResponse(status.toUShort(), body ?: ByteArray(0), headers)
        }
    }
    // end

    suspend fun follow(
        wallet: CitizenWallet,
        uri: String,
    ) {
        // snippet: link
        when (val link = openLink(uri)) {
            is Link.PaymentCode -> if (link.usable) wallet.scan(link.text) else screen.open(link.reading)
            is Link.GiftCode -> wallet.reviewGift(link.text, 1_000.points)
            is Link.Page -> screen.say(link.name)
            is Link.ReceiptCode -> screen.say(link.refusal.ko)
            is Link.Presentation -> show(wallet.reviewPresentation(link.text).view)
            is Link.CredentialOffer -> show(wallet.reviewOffer(link.text).view)
            is Link.AuthorizationReturn -> wallet.completeAuthorization(link.text)
            is Link.Unknown -> screen.say(link.refusal.ko)
        }
        // end
    }

    fun preview(): CitizenWallet {
        // snippet: preview
        val wallet = PreviewWallet(PreviewState.LONG_NAMES) // or EMPTY, STALE, PENDING, REFUSED, …
        val loading = PreviewWallet(PreviewState.ORDINARY, takes = Duration.INFINITE)
        // end
        return loading.takeIf { screen.isWaiting } ?: wallet
    }

    suspend fun close(wallet: CitizenWallet) {
        // snippet: close
        wallet.close() // from anywhere, twice if you like
        wallet.release() // where the wallet is opened again in the same process: waits until its files are free
        // end
    }
}
