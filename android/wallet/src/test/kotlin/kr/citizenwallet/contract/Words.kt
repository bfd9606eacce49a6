package kr.citizenwallet.contract

import kotlinx.coroutines.flow.last
import kr.citizenwallet.CitizenWallet
import kr.citizenwallet.Won
import kr.citizenwallet.ffi.CancelToken
import kr.citizenwallet.ffi.Coins
import kr.citizenwallet.ffi.KeystoreException
import kr.citizenwallet.ffi.TransportException
import kr.citizenwallet.ffi.view.AccountView
import kr.citizenwallet.inspectCode
import kr.citizenwallet.isFinal
import kr.citizenwallet.library.LibraryCode
import kr.citizenwallet.library.LibraryPaymentReview
import kr.citizenwallet.library.LibraryWallet
import kr.citizenwallet.openLink
import kr.citizenwallet.points
import kr.citizenwallet.town.PIN
import kr.citizenwallet.town.pin
import kr.citizenwallet.verifyReceipt
import kotlin.time.Duration.Companion.seconds

/** Arguments, each used once. */
internal class With(
    fields: Fields,
) {
    private val left = fields.toMutableMap()

    fun optional(name: String): String? = left.remove(name)

    fun text(name: String): String = had(optional(name), name)

    fun number(name: String): ULong = text(name).toULong()

    fun won(name: String) = Won(number(name))

    fun coins(): Coins =
        when (val points = optional("points")) {
            null -> Coins.Preferred
            "first" -> Coins.First
            else -> Coins.Exactly(points.toULong())
        }

    /** What is left over was not understood. */
    fun allWereUsed() {
        if (left.isNotEmpty()) throw Fault("not understood: $left")
    }
}

private val nothing: Fields = emptyMap()

/** Does what a word says, through the wrapper. */
internal suspend fun speak(
    cast: Cast,
    phone: ContractPhone,
    word: String,
    with: With,
): Fields {
    when (word) {
        "create" -> {
            phone.wallet = pin(with.optional("pin") ?: PIN).use { CitizenWallet.create(phone.config(cast.city), it) }
        }

        "open" -> {
            val autoLock = with.optional("auto_lock_seconds")?.toLong()?.seconds
            val back = with.optional("return_address").let { if (it == "none") null else BACK }
            phone.wallet = CitizenWallet.open(phone.config(autoLock = autoLock, returnAddress = back))
        }

        "set-up" -> {
            setUp(cast, phone, with.text("name"))
        }

        "restore" -> {
            restore(cast, phone, with)
        }

        "paper" -> {
            phone.recovery = had(cast.phone(with.text("from")).recovery, "recovery code")
        }

        "verify-receipt" -> {
            return verify(cast, phone, with)
        }

        "key-store" -> {
            phone.parts.keystore.mood = keystoreMood(phone.waiting, with.text("mood"))
        }

        "network" -> {
            phone.parts.net.weather = weather(phone.waiting, with)
        }

        "clock" -> {
            setClock(phone.parts.clock, with)
        }

        "listener" -> {
            phone.parts.ear.isStrange = isStrange(with.text("mood"))
        }

        "sent" -> {
            return phone.parts.run { mapOf("requests" to "${net.sent.getAndSet(0)}", "connections" to "${lines.opened.getAndSet(0)}") }
        }

        "heard" -> {
            return heard(phone.parts.ear)
        }

        "signed-for" -> {
            return signedFor(phone.parts.keystore)
        }

        "inspect" -> {
            return told(inspectCode(with.text("text")))
        }

        "link" -> {
            return told(openLink(with.text("text")))
        }

        else -> {
            return speakToWallet(phone, had(phone.wallet, "wallet, or no such word: $word"), word, with)
        }
    }
    return nothing
}

/** Does it with a token where there is one: on the generated layer, because the wrapper's own way is the language's. */
internal suspend fun speakOrStop(
    cast: Cast,
    phone: ContractPhone,
    word: String,
    with: With,
    token: CancelToken?,
): Fields {
    if (token == null) return speak(cast, phone, word, with)
    val wallet = had(phone.wallet, "wallet") as LibraryWallet
    when (word) {
        "unlock" -> {
            pin(with.optional("pin") ?: PIN).lend { pin -> wallet.ask { unlock(pin, token) } }
        }

        "balance" -> {
            return told(wallet.ask { balance(token) })
        }

        "sync" -> {
            wallet.ask { sync(token) }
        }

        "scan" -> {
            phone.scanned = LibraryCode(wallet.ask { scanText(with.text("text"), token) })
        }

        "approve" -> {
            val review = had(phone.reviewed, "review") as LibraryPaymentReview
            return told(review.held.lend { wallet.ask { approve(it, token) } })
        }

        else -> {
            throw Fault("$word is not stopped by a token here")
        }
    }
    return nothing
}

private suspend fun setUp(
    cast: Cast,
    phone: ContractPhone,
    name: String,
) {
    val wallet = pin().use { CitizenWallet.create(phone.config(cast.city), it) }
    phone.wallet = wallet
    openAccount(phone, wallet)
    wallet.enrol(name)
    wallet.earn("eco", "eco-2026-h1")
}

private suspend fun openAccount(
    phone: ContractPhone,
    wallet: CitizenWallet,
): AccountView = wallet.generateRecoveryCode().let { code -> wallet.openAccount(code).also { phone.recovery = code } }

private suspend fun restore(
    cast: Cast,
    phone: ContractPhone,
    with: With,
) {
    val old = cast.phone(with.text("from"))
    val code = had(old.recovery, "recovery code")
    phone.wallet = pin().use { CitizenWallet.restore(phone.config(cast.city), had(old.backup, "backup"), code, it) }
}

private suspend fun verify(
    cast: Cast,
    phone: ContractPhone,
    with: With,
): Fields {
    val from = with.optional("from")?.let(cast::phone) ?: phone
    val file = had(from.receipts[with.text("payment")], "such receipt")
    return told(verifyReceipt(file, cast.trustFile, phone.config()))
}

/** What needs a wallet, opened or not any more, and leaves something in the hand. */
private suspend fun speakToWallet(
    phone: ContractPhone,
    wallet: CitizenWallet,
    word: String,
    with: With,
): Fields {
    when (word) {
        "unlock" -> {
            pin(with.optional("pin") ?: PIN).use { wallet.unlock(it) }
        }

        "lock" -> {
            wallet.lock()
        }

        "release" -> {
            wallet.release()
        }

        "lock-if-idle" -> {
            return mapOf("locked" to "${wallet.lockIfIdle()}")
        }

        "change-pin" -> {
            wallet.changePin(pin(with.text("old")), pin(with.text("new")))
        }

        "open-account" -> {
            return told(openAccount(phone, wallet))
        }

        "account" -> {
            return told(wallet.account())
        }

        "backup" -> {
            phone.backup = wallet.backup(had(phone.recovery, "recovery code"))
        }

        "scan" -> {
            return told(wallet.scan(with.text("text")).also { phone.scanned = it })
        }

        "review" -> {
            val amount = with.optional("amount")?.let { Won(it.toULong()) }
            val review = wallet.reviewPayment(had(phone.scanned, "scanned code"), amount, with.coins())
            phone.reviewed = review
            return told(review.view)
        }

        "approve" -> {
            return told(had(phone.reviewed, "review").approve().view())
        }

        "receipt" -> {
            val id = with.text("payment")
            val receipt = wallet.payment(id).receipt()
            phone.receipts[id] = receipt.file
            return told(receipt.view)
        }

        "review-code" -> {
            return told(wallet.reviewCode(with.won("total"), with.coins()).also { phone.showing = it }.view)
        }

        "show-code" -> {
            return told(had(phone.showing, "review").show().view())
        }

        "review-gift" -> {
            val review = wallet.reviewGift(with.text("code"), kr.citizenwallet.Points(with.number("points")))
            phone.giving = review
            return told(review.view)
        }

        "approve-gift" -> {
            return had(phone.giving, "review").approve().view().run { mapOf("id" to id, "state" to state) }
        }

        "review-registration" -> {
            return reviewRegistration(phone, wallet.poll(with.text("poll")))
        }

        "approve-registration" -> {
            return approveRegistration(phone)
        }

        "review-ballot" -> {
            return reviewBallot(phone, wallet.poll(with.text("poll")), with)
        }

        "check-ballot" -> {
            return told(had(phone.ballot, "ballot").check())
        }

        "cast-ballot" -> {
            return told(had(phone.ballot, "ballot").cast())
        }

        else -> {
            return speakOfCard(phone, wallet, word, with) ?: speakOfLists(wallet, word, with) ?: askWallet(wallet, word, with)
        }
    }
    return nothing
}

/** What asks the wallet and leaves nothing in the hand. */
private suspend fun askWallet(
    wallet: CitizenWallet,
    word: String,
    with: With,
): Fields =
    when (word) {
        "enrol" -> {
            mapOf("krw" to "${wallet.enrol(with.text("name")).krw}")
        }

        "earn" -> {
            mapOf("points" to "${wallet.earn(with.text("programme"), with.text("evidence")).points}")
        }

        "balance" -> {
            told(wallet.balance())
        }

        "history" -> {
            told(wallet.history())
        }

        "home" -> {
            told(wallet.home())
        }

        "sync" -> {
            told(wallet.sync())
        }

        "activity" -> {
            activity(wallet.activityLog())
        }

        "follow" -> {
            told(wallet.payment(with.text("payment")).states.last())
        }

        "payment" -> {
            told(wallet.payment(with.text("payment")).view())
        }

        "pay" -> {
            val review = wallet.scan(with.text("text")).use { wallet.reviewPayment(it, with.won("amount"), with.coins()) }
            told(review.use { it.approve() }.states.last())
        }

        "payments" -> {
            wallet.payments().run {
                mapOf("count" to "$size", "open" to "${count { !it.isFinal }}") + optional("last", lastOrNull()?.paymentId)
            }
        }

        "refunds" -> {
            told(wallet.payment(with.text("payment")).refunds())
        }

        "ask-refund" -> {
            told(wallet.payment(with.text("payment")).askRefund(with.won("amount"), with.text("reason")))
        }

        "renew-code" -> {
            told(wallet.shownCode(with.text("payment")).renew().view())
        }

        "hide-code" -> {
            told(wallet.shownCode(with.text("payment")).hide())
        }

        "advance-code" -> {
            told(wallet.shownCode(with.text("payment")).look())
        }

        "follow-code" -> {
            told(wallet.shownCode(with.text("payment")).states.last())
        }

        "gift-code" -> {
            mapOf("code" to wallet.giftCode())
        }

        "follow-submission" -> {
            mapOf("state" to wallet.submission(with.text("id")).follow().state)
        }

        else -> {
            askAboutPolls(wallet, word, with)
        }
    }

private fun keystoreMood(
    waiting: Waiting,
    mood: String,
): suspend () -> Unit =
    when (mood) {
        "answers" -> suspend { }
        "cancelled" -> suspend { throw KeystoreException.Cancelled() }
        "invalidated" -> suspend { throw KeystoreException.Invalidated() }
        "locked" -> suspend { throw KeystoreException.Locked() }
        "missing" -> suspend { throw KeystoreException.Missing() }
        "full" -> suspend { throw KeystoreException.Full() }
        "not-set-up" -> suspend { throw KeystoreException.NotSetUp() }
        "failed" -> suspend { throw KeystoreException.Failed() }
        "strange" -> suspend { throw Undeclared() }
        "waits" -> suspend { waiting.forever() }
        else -> throw Fault("no such mood: $mood")
    }

private fun weather(
    waiting: Waiting,
    with: With,
): Weather =
    when (val weather = with.text("weather")) {
        "fair" -> fair
        "offline" -> { _, _ -> throw TransportException.Offline() }
        "strange" -> { _, _ -> throw Undeclared() }
        "hangs" -> { _, _ -> waiting.forever() }
        "loses" -> loses(with.text("path"))
        "bare" -> bare
        else -> throw Fault("no such weather: $weather")
    }

private fun setClock(
    clock: ContractClock,
    with: With,
) {
    with.optional("ahead_seconds")?.let { clock.aheadSeconds = it.toULong() }
    with.optional("mood")?.let { clock.isStrange = isStrange(it) }
}

private fun isStrange(mood: String): Boolean =
    when (mood) {
        "right" -> false
        "strange" -> true
        else -> throw Fault("no such mood: $mood")
    }
