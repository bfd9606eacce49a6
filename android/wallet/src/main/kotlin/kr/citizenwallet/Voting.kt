package kr.citizenwallet

import kotlinx.coroutines.flow.Flow
import kr.citizenwallet.ffi.BallotChoice
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.view.BallotReviewView
import kr.citizenwallet.ffi.view.ContestView
import kr.citizenwallet.ffi.view.CountedView
import kr.citizenwallet.ffi.view.ElectorateView
import kr.citizenwallet.ffi.view.OpenedBallotView
import kr.citizenwallet.ffi.view.OptionView
import kr.citizenwallet.ffi.view.PollReportView
import kr.citizenwallet.ffi.view.PollView
import kr.citizenwallet.ffi.view.RegistrationReviewView
import kr.citizenwallet.ffi.view.RegistrationView
import kr.citizenwallet.ffi.view.RewardView
import kr.citizenwallet.ffi.view.VoteReceiptView
import kr.citizenwallet.ffi.view.VoteView

/** A poll of the city, and this citizen's part in it. */
public interface Poll {
    /** Its name: 64 hexadecimal digits. */
    public val id: String

    /** What is asked, of whom, when, and where it stands; proved. */
    public suspend fun view(): PollView

    /**
     * Asks the registrars, under nobody's name, how they want to know who registers, and says what of the citizen card they would be shown.
     * Nothing is shown yet. As a member of the first electorate, unless another is named. Fails with [WalletException.Refused],
     * `roll-needs-card`, where they want the card and she holds none that can be shown.
     */
    public suspend fun reviewRegistration(electorate: ElectorateView? = null): RegistrationReview

    /**
     * Has every registrar sign the voting key without seeing it. They see a citizen and never the ballot. Called again, those that did not
     * answer are asked again. As a member of the first electorate, unless another is named. By her account; where she has approved it in a
     * [RegistrationReview], by her card.
     */
    public suspend fun register(electorate: ElectorateView? = null): RegistrationView

    /** How far the registration is, without asking anybody. */
    public suspend fun registration(): RegistrationView

    /**
     * Encrypts a ballot and says what it is; nothing is sent. One choice for each contest: [choose], [score], [rank]. Show the fingerprint
     * before the question "cast it, or check it?".
     */
    public suspend fun reviewBallot(vararg choices: BallotChoice): BallotReview

    /** How far the vote is, as far as it is known without asking anybody. */
    public suspend fun vote(): VoteView

    /** One look: how far it is now. */
    public suspend fun look(): VoteView

    /**
     * How far the vote is, step by step until its ballot stands on the board or never will. It goes on without the app, and
     * [CitizenWallet.sync] finds out; relays gather for minutes.
     */
    public val states: Flow<VoteView>

    /** The proof that the ballot stands on the board. It does not say for what. */
    public suspend fun receipt(): VoteReceiptView

    /** Whether the ballot counts: the whole board is read, and nobody is asked about it. */
    public suspend fun verifyCounted(): CountedView

    /** The whole result, every check, on this phone. Fails with [WalletException.Invalid] while the board is open. */
    public suspend fun verify(): PollReportView

    /** The next step to the reward for taking part. */
    public suspend fun reward(): RewardView
}

/** A registration before she approves it: nothing was shown. Registering takes what is in it, once. */
public interface RegistrationReview : AutoCloseable {
    /** What to show: what of the card, if it is by that, and which registrars ask. */
    public val view: RegistrationReviewView

    /** Registers as the view says. Those that did not answer are asked again by [Poll.register]. */
    public suspend fun register(): RegistrationView

    /** Lets go of it; what is forgotten is let go of later. */
    override fun close()
}

/** Whether registrars would be shown the citizen card. */
public val RegistrationReviewView.isByCard: Boolean get() = by == "card"

/** A ballot before she decides: nothing was sent. Casting or checking takes what is in it, once. */
public interface BallotReview : AutoCloseable {
    /** What to show, its fingerprint first. */
    public val view: BallotReviewView

    /** Casts it. Without a relay's promise it lies in the outbox and is sent again; a later ballot replaces it. */
    public suspend fun cast(): VoteView

    /** Opens it instead, for the second device that scanned its fingerprint before. It never counts. */
    public suspend fun check(): OpenedBallotView

    /** Lets go of it; what is forgotten is let go of later. */
    override fun close()
}

/** These options, where one chooses. */
public fun ContestView.choose(vararg options: OptionView): BallotChoice = choice(options.map { it.option.toByte() })

/** A score for each option, where one scores; an option that is not named gets 0. */
public fun ContestView.score(scores: Map<OptionView, Int>): BallotChoice {
    require(scores.values.all { it in 0..UByte.MAX_VALUE.toInt() }) { "a score is from 0 to 255" }
    return choice(options.map { (scores[it] ?: 0).toByte() })
}

/** All options in order, the preferred first. */
public fun ContestView.rank(options: List<OptionView>): BallotChoice = choice(options.map { it.option.toByte() })

private fun ContestView.choice(numbers: List<Byte>) = BallotChoice(contest, numbers.toByteArray())

/** Whether the ballot stands on the board: proved, never said. */
public val VoteView.isPlaced: Boolean get() = state == "placed"

/** Whether nothing more will happen by itself. */
public val VoteView.isFinal: Boolean get() = hasEnded
