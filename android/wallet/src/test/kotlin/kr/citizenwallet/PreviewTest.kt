package kr.citizenwallet

import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.last
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeoutOrNull
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.previewStates
import kr.citizenwallet.ffi.view.Freshness
import kr.citizenwallet.ffi.view.PreviewState
import kr.citizenwallet.ffi.view.TrustOrigin
import kr.citizenwallet.preview.PreviewWallet
import kr.citizenwallet.town.pin
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/** Screens without a city: every state, through the interface of the real wallet. */
class PreviewTest {
    private fun wallet(state: PreviewState): CitizenWallet = PreviewWallet(state, takes = Duration.ZERO)

    @Test
    fun `every state draws every screen, or says why not`() =
        runBlocking<Unit> {
            for (state in previewStates()) {
                val wallet = wallet(state)
                val home = wallet.home()
                assertEquals(home.balance, wallet.balances.first())
                assertEquals(home.recent.size, wallet.history().entries.size, "$state")
                assertEquals(wallet.activityLog(), wallet.activity.first())
                assertTrue(wallet.limits().legal != null && wallet.account().account.length == 64)
                wallet.sync()
                try {
                    val review = wallet.reviewPayment(wallet.scan("x"))
                    assertEquals(review.view.amount, review.view.points + review.view.krw)
                } catch (refused: WalletException) {
                    assertTrue(refused.next != NextStep.Nothing, "$state")
                }
            }
        }

    @Test
    fun `an ordinary payment is approved once and has its receipt`() =
        runBlocking<Unit> {
            val wallet = wallet(PreviewState.ORDINARY)
            val review = wallet.reviewPayment(wallet.scan("x"))
            val payment = review.approve()
            assertFailsWith<WalletException.Expired> { review.approve() }
            assertTrue(payment.states.last().isCaptured)
            assertEquals(payment.id, payment.receipt().view.paymentId)
            assertEquals(12_000UL, payment.refunds().left)
        }

    @Test
    fun `each state is what its name says`() =
        runBlocking<Unit> {
            assertTrue(wallet(PreviewState.EMPTY).payments().isEmpty())
            assertEquals(Freshness.STALE, wallet(PreviewState.STALE).balance().points.freshness)
            assertIs<NextStep.ShowStale>(refusal(PreviewState.STALE))
            assertIs<NextStep.ShowReason>(refusal(PreviewState.REFUSED))
            assertIs<NextStep.ChangeAmount>(refusal(PreviewState.NOT_ENOUGH))
            assertIs<NextStep.OnlyShow>(refusal(PreviewState.FENCED))
            assertNull(wallet(PreviewState.BANK_SILENT).balance().won)
            assertEquals(
                TrustOrigin.FIRST_USE,
                wallet(PreviewState.FIRST_USE)
                    .balance()
                    .points.verified.trust,
            )
            val long = wallet(PreviewState.LONG_NAMES).scan("x").merchant
            assertTrue(long.name!!.length > 25)
            val pending = wallet(PreviewState.PENDING)
            val open = pending.payment(pending.payments().single().paymentId)
            assertNull(withTimeoutOrNull(50.milliseconds) { open.states.last() }, "it is being checked for as long as one looks")
            val code = wallet(PreviewState.CODE_SHOWN).run { shownCode(codes().single().paymentId) }
            assertEquals("open", code.states.first().state)
        }

    @Test
    fun `a poll is drawn in every state of a vote`() =
        runBlocking<Unit> {
            assertTrue(wallet(PreviewState.EMPTY).polls().isEmpty())
            assertFailsWith<WalletException.Invalid> { wallet(PreviewState.EMPTY).poll("0".repeat(64)).view() }
            val open = poll(PreviewState.ORDINARY)
            assertFailsWith<WalletException.Invalid> { open.vote() }
            assertTrue(open.register().complete)
            assertEquals("refused", poll(PreviewState.POLL_REFUSED).register().state)

            val registered = poll(PreviewState.REGISTERED)
            val question = registered.view().contests.single()
            val ballot = registered.reviewBallot(question.choose(question.options.first()))
            assertEquals(ballot.view.fingerprint, ballot.check().fingerprint)
            assertFailsWith<WalletException.Expired> { ballot.cast() }
            assertEquals("promised", registered.reviewBallot(question.choose(question.options.last())).cast().state)

            assertNull(withTimeoutOrNull(50.milliseconds) { poll(PreviewState.BALLOT_SENT).states.last() }, "it is not on the board")
            val voted = poll(PreviewState.VOTED)
            assertTrue(voted.states.last().isPlaced && voted.verifyCounted().counted)
            assertEquals(voted.vote().fingerprint, voted.receipt().fingerprint)
            assertFailsWith<WalletException.Invalid> { voted.verify() }
            val over = poll(PreviewState.POLL_OVER)
            assertTrue(over.verify().ok && over.reward().points > 0UL)
            assertFailsWith<WalletException.Refused> { over.reviewBallot() }
        }

    @Test
    fun `a registration is reviewed by the card and by the account, and registers once`() =
        runBlocking<Unit> {
            val ordinary = wallet(PreviewState.ORDINARY)
            val review = ordinary.poll(ordinary.polls().single().id).reviewRegistration()
            val card = review.view.card!!
            assertTrue(review.view.isByCard && card.credential == ordinary.credentials().single().id)
            assertEquals(listOf("voter"), card.claims)
            assertTrue(review.view.registrars.all { it.answers } && review.view.registrars.size == 3)
            assertTrue(review.register().complete)
            assertFailsWith<WalletException.Expired> { review.register() }
            for (state in listOf(PreviewState.CARD_NEEDED, PreviewState.CARD_EXPIRED, PreviewState.CARD_REVOKED)) {
                val view = poll(state).reviewRegistration().view
                assertTrue(view.card == null && view.by == "account" && !view.isByCard, "$state")
            }
            val long = poll(PreviewState.LONG_NAMES).reviewRegistration()
            assertEquals(1, long.view.registrars.count { !it.answers })
            assertEquals("refused", poll(PreviewState.POLL_REFUSED).reviewRegistration().register().state)
            assertFailsWith<WalletException.Invalid> { wallet(PreviewState.EMPTY).poll("0".repeat(64)).reviewRegistration() }
        }

    @Test
    fun `polls are drawn by how near they are`() =
        runBlocking<Unit> {
            for (state in previewStates()) {
                val wallet = wallet(state)
                val near = wallet.pollsNear()
                val all = near.near + near.city + near.elsewhere
                assertEquals(wallet.polls().map { it.id }, all.map { it.id }, "$state")
                for (poll in near.near) assertTrue(poll.electorates.any { near.district in it.districts }, "$state")
            }
            val near = wallet(PreviewState.ORDINARY).pollsNear()
            assertTrue(near.district == "마포구" && near.whence == "credential" && near.near.size == 1)
            val unknown = wallet(PreviewState.CARD_NEEDED).pollsNear()
            assertTrue(unknown.district == null && unknown.whence == "unknown" && unknown.elsewhere.size == 1)
        }

    @Test
    fun `a card, an offer and a request are drawn in every state`() =
        runBlocking<Unit> {
            for (state in previewStates()) {
                val wallet = wallet(state)
                assertEquals(wallet.credentials(), wallet.heldCredentials.first(), "$state")
                assertEquals(wallet.card().credentials, wallet.credentials().size.toULong(), "$state")
                assertEquals(wallet.credentialLog(), wallet.credentialEvents.first(), "$state")
                val request = wallet.reviewPresentation("openid4vp://?client_id=x")
                val answer = request.answer
                if (answer is PresentationAnswer.Possible && wallet.card().isActive && state != PreviewState.STALE) {
                    assertEquals(request.view.verifier.name.ko in request.present(answer.suggested).text.ko, true, "$state")
                    assertFailsWith<WalletException.Expired> { request.decline() }
                } else {
                    val picks = (answer as? PresentationAnswer.Possible)?.suggested ?: request.suggested
                    assertFailsWith<WalletException>("$state") { request.present(picks.orEmpty()) }
                }
            }
        }

    @Test
    fun `each state of a card is what its name says`() =
        runBlocking<Unit> {
            suspend fun answer(state: PreviewState) = wallet(state).reviewPresentation("x").answer

            suspend fun card(state: PreviewState) = wallet(state).credentials().single()
            assertTrue(wallet(PreviewState.EMPTY).credentials().isEmpty())
            assertTrue(card(PreviewState.ORDINARY).isShowable && card(PreviewState.CARD_FEW).needsRefill)
            for (state in listOf(PreviewState.CARD_EXPIRED, PreviewState.CARD_REVOKED, PreviewState.CARD_UNPROVED)) {
                assertEquals(false, card(state).isShowable, "$state")
                assertIs<PresentationAnswer.Missing>(answer(state))
            }
            assertFailsWith<WalletException.Unverified> {
                wallet(PreviewState.CARD_UNPROVED).run { credential(credentials().single().id).detail() }
            }
            assertIs<PresentationAnswer.Stranger>(answer(PreviewState.REQUEST_UNKNOWN))
            assertIs<PresentationAnswer.Missing>(answer(PreviewState.REQUEST_UNANSWERABLE))
            assertEquals(listOf("birthdate"), assertIs<PresentationAnswer.Beyond>(answer(PreviewState.REQUEST_BEYOND)).claims)
            val optional = wallet(PreviewState.REQUEST_OPTIONAL).reviewPresentation("x")
            val (card, discount) = optional.view.asked
            val birthday =
                card.pick(
                    card.showable.single(),
                    card.showable
                        .single()
                        .combinations
                        .last(),
                )
            val more =
                discount.pick(
                    discount.showable.single(),
                    discount.showable
                        .single()
                        .combinations
                        .single(),
                )
            assertFailsWith<WalletException.Invalid> { optional.present(listOf(birthday.copy(claims = listOf("nationality")))) }
            wallet(PreviewState.REQUEST_OPTIONAL).reviewPresentation("x").present(listOf(birthday, more))

            val browser = wallet(PreviewState.OFFER_BROWSER)
            assertNull(wallet(PreviewState.ORDINARY).pendingAuthorization())
            assertFailsWith<WalletException.Invalid> { browser.reviewOffer("x").accept() }
            val page = browser.reviewOffer("x").authorize()
            assertTrue(page.canOpen)
            assertEquals(page, browser.pendingAuthorization())
            assertEquals(1, browser.completeAuthorization("x").size)
            val stranger = wallet(PreviewState.OFFER_UNKNOWN).reviewOffer("x")
            assertEquals(false, stranger.view.canAccept)
            assertFailsWith<WalletException.UnknownParty> { stranger.accept(pin("123456")) }
            val offer = wallet(PreviewState.EMPTY).reviewOffer("x")
            assertEquals("urn:seoul:citizen-card:1", offer.accept(pin("123456")).single().vct)
            assertFailsWith<WalletException.Expired> { offer.accept(pin("123456")) }
            assertFailsWith<WalletException.Refused> {
                wallet(PreviewState.ORDINARY).reviewOffer("x").accept(pin(PreviewWallet.WRONG_PIN))
            }
            assertEquals(false, wallet(PreviewState.FROZEN).card().isActive)
            assertTrue(wallet(PreviewState.RECOVERING).custody().canObject)
            assertEquals("done", wallet(PreviewState.RECOVERING).objectToRecovery().follow().state)
            assertFailsWith<WalletException.Refused> { wallet(PreviewState.FROZEN).objectToRecovery() }
        }

    @Test
    fun `what is awaited is drawn and forgotten`() =
        runBlocking<Unit> {
            val wallet = wallet(PreviewState.ISSUANCE_PENDING)
            val pending = wallet.pendingCredentials()
            assertEquals(listOf("being-issued", "unanswered"), pending.map { it.state })
            assertTrue("마포구보건소" in pending.first().text.ko)
            for (one in pending) wallet.forgetPending(one.id)
            val ordinary = wallet(PreviewState.ORDINARY)
            assertEquals(emptyList(), ordinary.pendingCredentials())
            assertFailsWith<WalletException.Invalid> { ordinary.forgetPending(pending.first().id) }
        }

    @Test
    fun `a sign-in and the services that know her are drawn`() =
        runBlocking<Unit> {
            val first = wallet(PreviewState.SIGN_IN_FIRST).reviewPresentation("x")
            assertEquals(false, first.view.signIn?.isKnown)
            assertEquals(false, first.view.isSignInAlone)
            val again = wallet(PreviewState.SIGN_IN_AGAIN)
            val request = again.reviewPresentation("x")
            assertTrue(request.view.isSignInAlone && request.view.signIn?.isKnown == true)
            assertEquals(emptyList(), assertIs<PresentationAnswer.Possible>(request.answer).suggested)
            assertTrue("로그인" in request.present(emptyList()).text.ko)
            assertFailsWith<WalletException.Invalid> { wallet(PreviewState.ORDINARY).reviewPresentation("x").present(emptyList()) }
            for (state in previewStates()) {
                val wallet = wallet(state)
                assertEquals(wallet.services(), wallet.knownServices.first(), "$state")
                wallet.services().forEach { wallet.service(it.id).forget() }
            }
            assertTrue(wallet(PreviewState.EMPTY).services().isEmpty() && again.services().size == 2)
            assertFailsWith<WalletException.Invalid> { again.service("0".repeat(32)).forget() }
        }

    @Test
    fun `a payment above the limit is drawn with the card and without one`() =
        runBlocking<Unit> {
            val wallet = wallet(PreviewState.CARD_PAYMENT)
            val review = wallet.reviewPayment(wallet.scan("x"))
            val card = review.view.card!!
            assertTrue(review.view.amount > card.above && card.credential == wallet.credentials().single().id)
            val paid = review.approve().states.last()
            assertTrue(paid.isCaptured && paid.card?.state == "taken" && !paid.isCardRefused)
            assertEquals(NextStep.ShowReason("phone", "card-needed"), refusal(PreviewState.CARD_NEEDED))
            assertNull(wallet(PreviewState.ORDINARY).run { reviewPayment(scan("x")) }.view.card)
        }

    @Test
    fun `a recovery is drawn in every state, on both phones`() =
        runBlocking<Unit> {
            val steps =
                mapOf(
                    PreviewState.RECOVERY_ASKING to RecoveryStep.ShowMore(1UL, 2UL),
                    PreviewState.RECOVERY_SENT to RecoveryStep.Follow,
                    PreviewState.RECOVERY_OBJECTED to RecoveryStep.Uphold,
                    PreviewState.RECOVERY_READY to RecoveryStep.Complete,
                    PreviewState.RECOVERY_DISMISSED to RecoveryStep.AskAnew,
                )
            for ((state, step) in steps) assertEquals(step, wallet(state).recovery().next, "$state")
            for (state in listOf(PreviewState.RECOVERING, PreviewState.RECOVERY_UPHELD)) {
                val (new, old) = wallet(state).run { followRecovery() to custody() }
                assertEquals(RecoveryStep.Wait(old.effective!!), new.next, "$state")
            }
            val open = previewStates().filter { wallet(it).custody().isUnderRecovery }
            assertEquals(
                listOf(PreviewState.RECOVERING, PreviewState.RECOVERY_OBJECTED, PreviewState.RECOVERY_UPHELD, PreviewState.RECOVERY_READY),
                open,
            )
            assertFailsWith<WalletException.Invalid> { wallet(PreviewState.ORDINARY).recovery() }
            val who = Identity("SB-1001", "홍길동", "1999-03-02")
            assertEquals(5UL, wallet(PreviewState.ORDINARY).enrolRecovery(who).enrolled)
            assertEquals("upheld", wallet(PreviewState.RECOVERY_OBJECTED).upholdRecovery().state)
            assertFailsWith<WalletException.Refused> { wallet(PreviewState.RECOVERING).upholdRecovery() }
            assertEquals("done", wallet(PreviewState.RECOVERING).dismissRecovery(who).follow().state)
            assertFailsWith<WalletException.Refused> { wallet(PreviewState.ORDINARY).dismissRecovery(who) }
            val new = wallet(PreviewState.RECOVERY_READY)
            val code = new.generateRecoveryCode()
            assertEquals("asking", wallet(PreviewState.RECOVERY_ASKING).recoverByOffice(who, code).state)
            assertFailsWith<WalletException.Invalid> { wallet(PreviewState.ORDINARY).recoverByOffice(who, code) }
            assertEquals(1u, new.completeRecovery(code).epoch)
            assertFailsWith<WalletException.Refused> { wallet(PreviewState.RECOVERING).completeRecovery(code) }
        }

    @Test
    fun `choices are made of what the poll shows`() =
        runBlocking<Unit> {
            val question = poll(PreviewState.ORDINARY).view().contests.single()
            val (first, second, third) = question.options
            assertContentEquals(byteArrayOf(2), question.choose(third).numbers)
            assertContentEquals(byteArrayOf(1, 0, 2), question.rank(listOf(second, first, third)).numbers)
            assertContentEquals(byteArrayOf(0, 5, 0), question.score(mapOf(second to 5)).numbers)
            assertFailsWith<IllegalArgumentException> { question.score(mapOf(second to 256)) }
        }

    @Test
    fun `it loads, it is locked, it is closed like the real one`() =
        runBlocking<Unit> {
            assertNull(withTimeoutOrNull(50.milliseconds) { PreviewWallet(PreviewState.ORDINARY, takes = Duration.INFINITE).home() })
            val wallet = PreviewWallet(PreviewState.ORDINARY, takes = Duration.ZERO, isLocked = true)
            assertFailsWith<WalletException.Locked> { wallet.balance() }
            assertFailsWith<WalletException.WrongPin> { wallet.unlock(pin(PreviewWallet.WRONG_PIN)) }
            wallet.unlock(pin())
            wallet.balance()
            wallet.close()
            wallet.close()
            assertFailsWith<IllegalStateException> { wallet.balance() }
        }

    private suspend fun poll(state: PreviewState) = wallet(state).run { poll(polls().single().id) }

    private suspend fun refusal(state: PreviewState) =
        assertFailsWith<WalletException> { wallet(state).run { reviewPayment(scan("x")) } }.next
}
