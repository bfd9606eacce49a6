package kr.citizenwallet

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.library.LibraryWallet
import kr.citizenwallet.town.Town
import kr.citizenwallet.town.bakery
import kr.citizenwallet.town.funds
import kr.citizenwallet.town.phone
import kr.citizenwallet.town.pin
import java.util.concurrent.Executors
import java.util.concurrent.atomic.AtomicInteger
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.milliseconds

/** What is closed, closed twice and used afterwards; one wallet in many hands. */
class LifeTest {
    @Test
    fun `a wallet is closed twice, and used afterwards it says so`() =
        runBlocking<Unit> {
            val wallet = phone("twice").create()
            wallet.close()
            wallet.close()
            wallet.release()
            assertEquals("this wallet is closed", assertFailsWith<IllegalStateException> { wallet.balance() }.message)
            assertFailsWith<IllegalStateException> { wallet.unlock(pin()) }
            assertFailsWith<IllegalStateException> { wallet.balances.first() }
            assertFailsWith<IllegalStateException> { wallet.payment("00").view() }
            wallet.close()
        }

    @Test
    fun `a hand that looked before it was closed and calls afterwards hears the same`() =
        runBlocking<Unit> {
            val wallet = phone("late").create() as LibraryWallet
            val late =
                assertFailsWith<IllegalStateException> {
                    wallet.ask {
                        wallet.close()
                        wallet.release()
                        balance()
                    }
                }
            assertEquals("this wallet is closed", late.message)
        }

    @Test
    fun `a review and a code are closed twice, and used afterwards they say so`() =
        runBlocking<Unit> {
            phone("reviews").setUp("김닫음").use { wallet ->
                val code = wallet.scan(Town.shared.bakery())
                val review = wallet.reviewPayment(code, 1_000.won)
                code.close()
                code.close()
                assertFailsWith<IllegalStateException> { code.merchant }
                assertFailsWith<IllegalStateException> { wallet.reviewPayment(code, 1_000.won) }
                review.close()
                review.close()
                assertFailsWith<IllegalStateException> { review.approve() }
                assertTrue(wallet.payments().isEmpty())
            }
        }

    @Test
    fun `two wallets on one file refuse each other until the first is released`() =
        runBlocking<Unit> {
            val phone = phone("file")
            val first = phone.create()
            assertEquals(NextStep.CloseOther, assertFailsWith<WalletException.StoreBusy> { phone.open() }.next)
            assertFailsWith<WalletException.StoreBusy> { phone.create() }
            first.release()
            phone.unlocked().use { it.payments() }
        }

    @Test
    fun `a wallet is used from thirty-two threads and closed under them`() =
        runBlocking<Unit> {
            val phone = phone("hands")
            val wallet = phone.setUp("박여럿")
            val answered = AtomicInteger()
            Executors.newFixedThreadPool(HANDS).asCoroutineDispatcher().use { threads ->
                val hands = (0 until HANDS).map { hand -> async(threads) { useUntilClosed(wallet, hand, answered) } }
                // Not by time: a slow machine has answered few by then, and a fast one has asked more than the gateway lets one caller ask.
                while (answered.get() <= 4 * HANDS) delay(5.milliseconds)
                launch(Dispatchers.Default) { wallet.close() }
                wallet.release()
                hands.awaitAll()
            }
            phone.unlocked().use { assertEquals(10_000 to 100_000, it.funds()) }
        }

    private suspend fun useUntilClosed(
        wallet: CitizenWallet,
        hand: Int,
        answered: AtomicInteger,
    ) {
        try {
            while (true) {
                when (hand % 4) {
                    0 -> wallet.balance()
                    1 -> wallet.history()
                    2 -> wallet.payments()
                    else -> wallet.sync()
                }
                answered.incrementAndGet()
            }
        } catch (_: WalletException.Cancelled) {
            // Under way when it was closed.
        } catch (closed: IllegalStateException) {
            assertEquals("this wallet is closed", closed.message)
        }
    }

    private companion object {
        const val HANDS = 32
    }
}
