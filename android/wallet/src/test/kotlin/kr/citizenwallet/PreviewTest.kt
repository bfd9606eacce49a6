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

    private suspend fun refusal(state: PreviewState) =
        assertFailsWith<WalletException> { wallet(state).run { reviewPayment(scan("x")) } }.next
}
