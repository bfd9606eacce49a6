package kr.citizenwallet

import kotlinx.coroutines.async
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kr.citizenwallet.town.Town
import kr.citizenwallet.town.funds
import kr.citizenwallet.town.phone
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

/** The phone and a real till: codes that are shown, receipts that are checked, money that comes back. */
class ShopTest {
    @Test
    fun `a shown code is charged once by a till, and the charge is a payment with a receipt`() =
        runBlocking<Unit> {
            phone("shown").setUp("김보임").use { wallet ->
                val review = wallet.reviewCode(20_000.won, 4_000.points.exactly)
                assertEquals(20_000UL, review.view.total)
                val code = review.show()
                val states = async { code.states.toList() }
                till.charge(code.view().qr, 9_000)
                assertTrue(states.await().last().isCharged)
                val paid =
                    wallet
                        .payment(code.id)
                        .states
                        .toList()
                        .last()
                assertTrue(paid.isCaptured)
                assertEquals(9_000UL, paid.points + paid.krw)
                assertEquals(
                    code.id,
                    wallet
                        .payment(code.id)
                        .receipt()
                        .view.paymentId,
                )
                assertEquals("charged", wallet.codes().single().state)
            }
        }

    @Test
    fun `a code is renewed and hidden`() =
        runBlocking<Unit> {
            phone("hidden").setUp("박숨김").use { wallet ->
                val first = wallet.reviewCode(5_000.won).use { it.show() }
                val second = first.renew()
                assertTrue(first.id != second.id)
                second.hide()
                assertEquals(
                    "revoked",
                    second.states
                        .toList()
                        .last()
                        .state,
                )
            }
        }

    @Test
    fun `a till checks the receipt on the screen, gives money back, and the history proves it`() =
        runBlocking<Unit> {
            val phone = phone("refunded")
            phone.setUp("최돌림").use { wallet ->
                val code = wallet.scan(till.printedCode())
                assertEquals("연남만두", code.merchant.name)
                val payment = wallet.reviewPayment(code, 8_000.won, 2_000.points.exactly).approve()
                assertTrue(
                    payment.states
                        .toList()
                        .last()
                        .isCaptured,
                )
                assertTrue("\"ok\":true" in till.check(payment.receiptCode(), 8_000))
                assertEquals(8_000UL, payment.askRefund(3_000.won, "반품").left, "a wish")
                till.refund(payment.id, 3_000)
                val refunds = payment.refunds()
                assertEquals(3_000UL to 5_000UL, refunds.refunded to refunds.left)
                val (points, won) = wallet.funds()
                assertTrue(points in 8_000..10_000 && won in 94_000..97_000, "$points $won")
            }
        }

    @Test
    fun `points are given to another citizen and redeemed for a certificate`() =
        runBlocking<Unit> {
            val giver = phone("giver").setUp("윤주는")
            val taker = phone("taker").setUp("윤받는")
            val review = giver.reviewGift(taker.giftCode(), 1_500.points)
            assertEquals(8_500UL, review.view.pointsLeft)
            assertTrue(review.approve().follow().isDone)
            assertEquals(11_500, taker.funds().first)
            val redemption = taker.reviewRedemption(10_000.points)
            assertTrue(redemption.view.irrevocable)
            val done = redemption.approve()
            assertTrue(done.follow().isDone)
            assertEquals(done.id, taker.submissions().single().id)
            giver.close()
            taker.close()
        }

    private companion object {
        val till by lazy { Town.shared.till("연남만두", "YEONNAM MANDU") }
    }
}
