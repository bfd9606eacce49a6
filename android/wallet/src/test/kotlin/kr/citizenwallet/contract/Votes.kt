package kr.citizenwallet.contract

import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.last
import kr.citizenwallet.CitizenWallet
import kr.citizenwallet.Poll
import kr.citizenwallet.ffi.BallotChoice
import kr.citizenwallet.ffi.view.BallotReviewView
import kr.citizenwallet.ffi.view.ChosenView
import kr.citizenwallet.ffi.view.CountedView
import kr.citizenwallet.ffi.view.OpenedBallotView
import kr.citizenwallet.ffi.view.PollReportView
import kr.citizenwallet.ffi.view.PollView
import kr.citizenwallet.ffi.view.RegistrationReviewView
import kr.citizenwallet.ffi.view.RegistrationView
import kr.citizenwallet.ffi.view.VoteReceiptView
import kr.citizenwallet.ffi.view.VoteView
import kotlin.time.Duration.Companion.milliseconds

/** Between two questions of a word that asks until something has come about. */
private val pause = 300.milliseconds

/** Asks how the registrars want to know her, and keeps it in the hand. */
internal suspend fun reviewRegistration(
    phone: ContractPhone,
    poll: Poll,
): Fields {
    val review = poll.reviewRegistration()
    phone.registration = review
    phone.poll = poll
    return told(review.view)
}

/** Registers as was reviewed last, and goes on with it. */
internal suspend fun approveRegistration(phone: ContractPhone): Fields {
    val view = had(phone.registration, "registration").register()
    if (view.state != "registering") return told(view)
    delay(pause)
    return told(register(had(phone.poll, "poll")))
}

/** Encrypts a ballot with one option of the only contest, and keeps it in the hand. */
internal suspend fun reviewBallot(
    phone: ContractPhone,
    poll: Poll,
    with: With,
): Fields {
    // By hand: an option that is not there has no view to be chosen by.
    val choice = BallotChoice(0.toUByte(), byteArrayOf(with.number("option").toByte()))
    return told(poll.reviewBallot(choice).also { phone.ballot = it }.view)
}

/** What asks the wallet about a poll and leaves nothing in the hand. */
internal suspend fun askAboutPolls(
    wallet: CitizenWallet,
    word: String,
    with: With,
): Fields {
    if (word == "polls") return wallet.polls().run { mapOf("count" to "$size") + optional("newest", firstOrNull()?.id) }
    return when (word) {
        "poll" -> told(wallet.poll(with.text("poll")).view())
        "await-casting" -> told(awaitCasting(wallet.poll(with.text("poll"))))
        "register" -> told(register(wallet.poll(with.text("poll"))))
        "registration" -> told(wallet.poll(with.text("poll")).registration())
        "vote" -> told(wallet.poll(with.text("poll")).vote())
        "follow-vote" -> told(wallet.poll(with.text("poll")).states.last())
        "vote-receipt" -> told(wallet.poll(with.text("poll")).receipt())
        "verify-counted" -> told(wallet.poll(with.text("poll")).verifyCounted())
        "reward" -> wallet.poll(with.text("poll")).reward().run { mapOf("state" to state, "points" to "$points") }
        "verify-poll" -> told(wallet.poll(with.text("poll")).verify())
        else -> throw Fault("no such word: $word")
    }
}

private suspend fun awaitCasting(poll: Poll): PollView {
    while (true) {
        val view = poll.view()
        if (view.open) return view
        delay(pause)
    }
}

/** Until all registrars have signed or one refuses: a roll takes a moment to reach them. */
private suspend fun register(poll: Poll): RegistrationView {
    while (true) {
        val view = poll.register()
        if (view.state != "registering") return view
        delay(pause)
    }
}

internal fun told(view: VoteView): Fields =
    mapOf("state" to view.state, "replaced" to "${view.replaced}", "opened" to "${view.opened}") +
        optional("fingerprint", view.fingerprint)

internal fun told(view: OpenedBallotView): Fields =
    mapOf(
        "fingerprint" to view.fingerprint,
        "chosen" to inWords(view.choices),
        "promised" to "${view.promised}",
        "checks_left" to "${view.checksLeft}",
    )

private fun told(view: BallotReviewView): Fields =
    mapOf(
        "fingerprint" to view.fingerprint,
        "chosen" to inWords(view.choices),
        "sequence" to "${view.sequence}",
        "replaces" to "${view.replaces}",
        "checks_left" to "${view.checksLeft}",
    )

private fun told(view: PollView): Fields =
    mapOf(
        "title" to view.title.ko,
        "phase" to view.phase,
        "standing" to view.standing,
        "open" to "${view.open}",
        "signers" to "${view.verified.signers}",
    )

private fun told(view: RegistrationReviewView): Fields =
    mapOf(
        "by" to view.by,
        "claims" to (view.card?.claims?.joinToString() ?: "none"),
        "registrars" to "${view.registrars.size}",
        "answering" to "${view.registrars.count { it.answers }}",
    )

private fun told(view: RegistrationView): Fields =
    mapOf("state" to view.state, "signed" to "${view.registrars.count { it.state == "signed" }}") +
        optional("reason_ko", view.registrars.firstNotNullOfOrNull { it.reason }?.ko)

private fun told(view: VoteReceiptView): Fields =
    mapOf("fingerprint" to view.fingerprint, "sequence" to "${view.sequence}", "signers" to "${view.verified.signers}")

private fun told(view: CountedView): Fields =
    mapOf("fingerprint" to view.fingerprint, "counted" to "${view.counted}", "state" to view.state)

private fun told(view: PollReportView): Fields =
    mapOf(
        "ok" to "${view.ok}",
        "counted" to "${view.counted}",
        "spoiled" to "${view.spoiled}",
        "replaced" to "${view.replaced}",
    ) + optional("failure", view.firstFailure)

/** What was chosen, in Korean. */
private fun inWords(choices: List<ChosenView>) = choices.flatMap { it.chosen }.joinToString { it.ko }
