package kr.citizenwallet.library

import kotlinx.coroutines.flow.Flow
import kr.citizenwallet.BallotReview
import kr.citizenwallet.Poll
import kr.citizenwallet.RegistrationReview
import kr.citizenwallet.ffi.BallotChoice
import kr.citizenwallet.ffi.WalletEvent
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.view.BallotReviewView
import kr.citizenwallet.ffi.view.CountedView
import kr.citizenwallet.ffi.view.ElectorateView
import kr.citizenwallet.ffi.view.OpenedBallotView
import kr.citizenwallet.ffi.view.PollReportView
import kr.citizenwallet.ffi.view.PollView
import kr.citizenwallet.ffi.view.RegistrationReviewView
import kr.citizenwallet.ffi.view.RegistrationView
import kr.citizenwallet.ffi.view.RewardView
import kr.citizenwallet.ffi.view.VoteReceiptView
import kr.citizenwallet.ffi.view.VoteView

internal class LibraryPoll(
    private val wallet: LibraryWallet,
    override val id: String,
) : Poll {
    override suspend fun view(): PollView = wallet.ask { poll(id) }

    override suspend fun reviewRegistration(electorate: ElectorateView?): RegistrationReview =
        LibraryRegistrationReview(wallet, wallet.ask { reviewRegistration(id, electorate?.index) })

    /** Quietly: it may go on with the card, which registrars are not told the account of. */
    override suspend fun register(electorate: ElectorateView?): RegistrationView = wallet.quietly { registerForPoll(id, electorate?.index) }

    override suspend fun registration(): RegistrationView = wallet.ask { pollRegistration(id) }

    override suspend fun reviewBallot(vararg choices: BallotChoice): BallotReview =
        LibraryBallotReview(wallet, wallet.ask { reviewBallot(id, choices.asList()) })

    override suspend fun vote(): VoteView = wallet.ask { vote(id) }

    override suspend fun look(): VoteView = wallet.quietly { advanceVote(id) }

    override val states: Flow<VoteView>
        get() =
            wallet.news.follow(
                first = { vote() },
                tells = { event -> (event as? WalletEvent.Vote)?.vote?.takeIf { it.pollId == id } },
                follow = { end() },
            )

    override suspend fun receipt(): VoteReceiptView = wallet.ask { voteReceipt(id) }

    override suspend fun verifyCounted(): CountedView = wallet.ask { verifyCounted(id) }

    override suspend fun verify(): PollReportView = wallet.ask { verifyPoll(id) }

    override suspend fun reward(): RewardView =
        wallet.quietly { reward(id) }.also { reward ->
            // Points were granted; the treasury's signature for them names nobody.
            if (reward.state == "redeemed") wallet.news.changed()
        }

    private suspend fun end(): VoteView {
        while (true) {
            try {
                return wallet.quietly { followVote(id) }
            } catch (offline: WalletException.Offline) {
                // Not there after a minute: relays gather for longer, and whoever collects wants to see it.
                if (!offline.canQueue) throw offline
            }
        }
    }
}

internal class LibraryRegistrationReview(
    private val wallet: LibraryWallet,
    review: kr.citizenwallet.ffi.RegistrationReview,
) : RegistrationReview {
    private val held = Held(review, "registration")

    override val view: RegistrationReviewView = review.view()

    override suspend fun register(): RegistrationView = held.lend { review -> wallet.quietly { register(review) } }

    override fun close(): Unit = held.close()
}

internal class LibraryBallotReview(
    private val wallet: LibraryWallet,
    review: kr.citizenwallet.ffi.BallotReview,
) : BallotReview {
    private val held = Held(review, "ballot")

    override val view: BallotReviewView = review.view()

    override suspend fun cast(): VoteView = held.lend { review -> wallet.quietly { castBallot(review) } }

    override suspend fun check(): OpenedBallotView = held.lend { review -> wallet.quietly { checkBallot(review) } }

    override fun close(): Unit = held.close()
}
