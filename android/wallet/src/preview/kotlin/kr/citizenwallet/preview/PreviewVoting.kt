package kr.citizenwallet.preview

import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kr.citizenwallet.BallotReview
import kr.citizenwallet.Poll
import kr.citizenwallet.RegistrationReview
import kr.citizenwallet.ffi.BallotChoice
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.preview
import kr.citizenwallet.ffi.view.BallotReviewView
import kr.citizenwallet.ffi.view.CountedView
import kr.citizenwallet.ffi.view.ElectorateView
import kr.citizenwallet.ffi.view.OpenedBallotView
import kr.citizenwallet.ffi.view.PollReportView
import kr.citizenwallet.ffi.view.PollView
import kr.citizenwallet.ffi.view.PollViews
import kr.citizenwallet.ffi.view.PreviewState
import kr.citizenwallet.ffi.view.RegistrationReviewView
import kr.citizenwallet.ffi.view.RegistrationView
import kr.citizenwallet.ffi.view.RewardView
import kr.citizenwallet.ffi.view.VoteReceiptView
import kr.citizenwallet.ffi.view.VoteView
import kr.citizenwallet.isFinal

internal class PreviewPoll(
    private val wallet: PreviewWallet,
    override val id: String,
) : Poll {
    private val views: PollViews
        get() = wallet.views.poll?.takeIf { it.poll.id == id } ?: throw WalletException.Invalid("poll-unknown")

    override suspend fun view(): PollView = wallet.answer { views.poll }

    override suspend fun reviewRegistration(electorate: ElectorateView?): RegistrationReview =
        wallet.answer { PreviewRegistrationReview(this, views.review) }

    /** The registrars say what the state has them say; where it is about something else, they sign. */
    override suspend fun register(electorate: ElectorateView?): RegistrationView =
        wallet.answer { views.registration ?: checkNotNull(later(PreviewState.REGISTERED).registration) }

    override suspend fun registration(): RegistrationView =
        wallet.answer { views.registration ?: throw WalletException.Invalid("not-registered") }

    override suspend fun reviewBallot(vararg choices: BallotChoice): BallotReview =
        wallet.answer {
            if (views.registration?.complete != true) throw WalletException.Invalid("not-registered")
            if (!views.poll.open) throw WalletException.Refused("ledger", "poll-time")
            PreviewBallotReview(wallet, views)
        }

    override suspend fun vote(): VoteView = wallet.answer { views.vote ?: throw WalletException.Invalid("not-registered") }

    override suspend fun look(): VoteView = vote()

    /** Its state; one that is not an end stays for as long as anybody looks. */
    override val states: Flow<VoteView> =
        flow {
            emit(vote())
            if (!vote().isFinal) awaitCancellation()
        }

    override suspend fun receipt(): VoteReceiptView = wallet.answer { views.receipt ?: throw WalletException.Invalid("ballot-missing") }

    override suspend fun verifyCounted(): CountedView = wallet.answer { views.counted ?: throw WalletException.Invalid("ballot-missing") }

    override suspend fun verify(): PollReportView = wallet.answer { views.report ?: throw WalletException.Invalid("poll-open") }

    override suspend fun reward(): RewardView = wallet.answer { views.reward }
}

internal class PreviewRegistrationReview(
    private val poll: PreviewPoll,
    override val view: RegistrationReviewView,
) : RegistrationReview {
    private var isUsed = false

    override suspend fun register(): RegistrationView {
        if (isUsed) throw WalletException.Expired("review")
        isUsed = true
        return poll.register(null)
    }

    override fun close(): Unit = Unit
}

internal class PreviewBallotReview(
    private val wallet: PreviewWallet,
    private val views: PollViews,
) : BallotReview {
    override val view: BallotReviewView get() = views.ballot
    private var isUsed = false

    override suspend fun cast(): VoteView = once { checkNotNull(later(PreviewState.BALLOT_SENT).vote) }

    override suspend fun check(): OpenedBallotView = once { views.opened }

    override fun close(): Unit = Unit

    private suspend fun <T> once(view: () -> T): T =
        wallet.answer {
            if (isUsed) throw WalletException.Expired("review")
            isUsed = true
            view()
        }
}

/** The poll of a state that a call leads to. */
private fun later(state: PreviewState): PollViews = checkNotNull(preview(state).views.poll)
