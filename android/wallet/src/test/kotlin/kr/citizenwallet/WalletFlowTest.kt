package kr.citizenwallet

import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kr.citizenwallet.ffi.Language
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.view.Freshness
import kr.citizenwallet.ffi.view.Progress
import kr.citizenwallet.town.PIN
import kr.citizenwallet.town.Town
import kr.citizenwallet.town.bakery
import kr.citizenwallet.town.funds
import kr.citizenwallet.town.phone
import kr.citizenwallet.town.pin
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertTrue
import kotlin.time.Duration

/** The main road, from a new wallet to a receipt that needs none. */
class WalletFlowTest {
    private val town = Town.shared

    @Test
    fun `a citizen earns, reviews and pays in points and won, and the receipt needs no wallet`() =
        runBlocking<Unit> {
            val phone = phone("hana")
            phone.setUp("김하나").use { wallet ->
                val balance = wallet.balance()
                assertEquals(4u, balance.points.verified.signers)
                assertEquals(Freshness.FRESH, balance.points.freshness)
                assertEquals(10_000 to 100_000, wallet.funds())

                val code = wallet.scan(town.bakery())
                assertTrue(code.isUsable)
                assertNotNull(code.merchant.name)
                val review = wallet.reviewPayment(code, 12_000.won, 5_000.points.exactly)
                assertEquals(5_000UL to 7_000UL, review.view.points to review.view.krw)
                assertEquals(10_000 to 100_000, wallet.funds(), "nothing has happened yet")

                val payment = review.approve()
                assertFailsWith<WalletException.Expired> { review.approve() }
                val states = payment.states.toList()
                assertTrue(states.last().isCaptured && states.last().isFinal)
                assertFalse(states.first().isFinal)
                val steps = states.map { it.progress }
                assertEquals(steps.sorted(), steps, "never back")
                assertEquals(5_000 to 93_000, wallet.funds())

                val receipt = payment.receipt()
                val shown = verifyReceipt(receipt.file, town.trustFile, phone.config)
                assertEquals(payment.id, shown.paymentId)
                assertTrue(refreshReceipt(receipt.file, town.city, phone.config).isNotEmpty())
                assertEquals(listOf(payment.id), wallet.receipts())
                assertEquals(payment.id, wallet.payments().single().paymentId)
                assertEquals(Progress.CAPTURED, payment.view().progress)
                assertTrue(wallet.history().entries.any { it.paymentId == payment.id })
                assertTrue(wallet.activityLog().isNotEmpty())
            }
        }

    @Test
    fun `a wrong PIN is counted and said in both languages, and shows nothing`() =
        runBlocking<Unit> {
            val phone = phone("wrong")
            phone.create().release()
            phone.open().use { wallet ->
                assertEquals(NextStep.AskPin(null, Duration.ZERO), assertFailsWith<WalletException> { wallet.balance() }.next)
                val wrong = assertFailsWith<WalletException.WrongPin> { wallet.unlock(pin("111112")) }
                assertEquals(NextStep.AskPin(4, Duration.ZERO), wrong.next)
                assertTrue('4' in wrong.text(Language.KOREAN) && '4' in wrong.text(Language.ENGLISH))
                assertEquals("wrong-pin", wrong.code())
                wallet.unlock(pin())
                wallet.lock()
                assertFailsWith<WalletException.Locked> { wallet.payments() }
                wallet.unlock(pin())
                wallet.changePin(pin(), pin("730164"))
                wallet.lock()
                assertFailsWith<WalletException.WrongPin> { wallet.unlock(pin(PIN)) }
                wallet.unlock(pin("730164"))
            }
        }

    @Test
    fun `opening sends nothing, and opening with a wrong PIN leaves the files free`() =
        runBlocking<Unit> {
            val phone = phone("start")
            phone.create().release()
            val sent = phone.transport.sent.get()
            assertFailsWith<WalletException.WrongPin> { CitizenWallet.open(phone.config, pin("111112")) }
            phone.unlocked().use { it.payments() }
            assertEquals(sent, phone.transport.sent.get())
        }

    @Test
    fun `the balance flow begins with the balance and tells of what was earned and paid`() =
        runBlocking<Unit> {
            val phone = phone("flows")
            phone.setUp("이둘").use { wallet ->
                assertEquals(
                    10_000UL,
                    wallet.balances
                        .first()
                        .points.points,
                )
                val activity = wallet.activity.first().size
                val later = wallet.balances
                val payment = phone.approve(wallet, 3_000.won, 1_000.points)
                payment.states.toList()
                assertEquals(9_000UL, later.first { it.points.pointsHeld == 0UL && it.points.points < 10_000UL }.points.points)
                assertTrue(wallet.activity.first { it.size > activity }.isNotEmpty())
            }
        }

    @Test
    fun `a backup comes back on another phone, and the old one only shows`() =
        runBlocking<Unit> {
            val old = phone("old").create()
            val code = old.generateRecoveryCode()
            val typed = secretOf(code.characters())
            old.openAccount(typed)
            old.enrol("정다섯")
            val backup = old.backup(code)
            val new = CitizenWallet.restore(phone("new").config, backup, typed, pin())
            assertEquals(1u, new.account().epoch)
            val refused = assertFailsWith<WalletException> { phone("old").approve(old, 1_000.won, 0.points) }
            assertTrue(refused.next is NextStep.OnlyShow, "$refused")
            old.close()
            new.close()
        }

    @Test
    fun `limits are set, and what is above them says what is left`() =
        runBlocking<Unit> {
            val phone = phone("limits")
            phone.setUp("한여섯").use { wallet ->
                val set = wallet.setLimits(OwnLimits(5_000.won, 20_000.won, 100_000.won)).follow()
                assertTrue(set.isDone)
                assertEquals(5_000UL, wallet.limits().own?.perPayment)
                val above = assertFailsWith<WalletException.Limit> { phone.approve(wallet, 6_000.won, 0.points) }
                assertTrue(above.next is NextStep.ChangeAmount)
                assertEquals(1, wallet.submissions().size)
            }
        }
}
