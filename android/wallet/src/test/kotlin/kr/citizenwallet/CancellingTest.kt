package kr.citizenwallet

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.withTimeoutOrNull
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.liveObjects
import kr.citizenwallet.town.Phone
import kr.citizenwallet.town.Town
import kr.citizenwallet.town.bakery
import kr.citizenwallet.town.funds
import kr.citizenwallet.town.phone
import kr.citizenwallet.town.pin
import java.util.concurrent.atomic.AtomicInteger
import kotlin.random.Random
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.microseconds
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import kotlin.time.measureTime

/** Coroutines that are cancelled while Rust works for them. */
class CancellingTest {
    @Test
    fun `a payment that is cancelled in the middle is paid once or not at all`() =
        runBlocking<Unit> {
            val phone = phone("middle")
            phone.setUp("김중간").use { wallet ->
                val review = wallet.reviewPayment(wallet.scan(Town.shared.bakery()), 12_000.won, 5_000.points.exactly)
                // The order is signed and lies in the outbox; the network gives no answer.
                phone.transport.weather = { _, _ -> awaitCancellation() }
                val approving = launch(Dispatchers.Default) { review.approve() }
                while (wallet.payments().isEmpty()) delay(5.milliseconds)
                val took = measureTime { approving.cancelAndJoin() }
                // The network would never answer: any bound tells.
                assertTrue(took < 1.minutes, "the caller is answered at once, not after $took")
                phone.transport.weather = { _, send -> send() }
                assertFailsWith<WalletException.Expired> { review.approve() }
                wallet.sync()
                val id = wallet.payments().single().paymentId
                assertTrue(
                    wallet
                        .payment(id)
                        .states
                        .toList()
                        .last()
                        .isCaptured,
                )
                assertEquals(5_000 to 93_000, wallet.funds())
            }
        }

    @Test
    fun `cancelling reaches the prompt for a finger, and the wallet stays locked`() =
        runBlocking<Unit> {
            val phone = phone("prompt")
            phone.create().use { wallet ->
                wallet.lock()
                val shown = CompletableDeferred<Unit>()
                val gone = CompletableDeferred<Unit>()
                phone.keystore.mood = {
                    shown.complete(Unit)
                    try {
                        awaitCancellation()
                    } finally {
                        gone.complete(Unit)
                    }
                }
                val unlocking = launch(Dispatchers.Default) { wallet.unlock(pin()) }
                shown.await()
                unlocking.cancelAndJoin()
                withTimeout(1.minutes) { gone.await() }
                phone.keystore.mood = {}
                assertFailsWith<WalletException.Locked> { wallet.payments() }
                wallet.unlock(pin())
            }
        }

    @Test
    fun `an opening that is cancelled at the prompt leaves the files free`() =
        runBlocking<Unit> {
            val phone = phone("opening")
            phone.create().run {
                release()
                close()
            }
            val shown = CompletableDeferred<Unit>()
            phone.keystore.mood = {
                shown.complete(Unit)
                awaitCancellation()
            }
            val opening = launch(Dispatchers.Default) { phone.unlocked() }
            shown.await()
            opening.cancelAndJoin()
            phone.keystore.mood = {}
            phone.unlocked().close()
        }

    @Test
    fun `whoever stops collecting stops following, and the payment goes on`() =
        runBlocking<Unit> {
            val phone = phone("collecting")
            phone.setUp("최그만").use { wallet ->
                val payment = phone.approve(wallet, 2_000.won, 1_000.points)
                withTimeoutOrNull(1.milliseconds) { payment.states.toList() }
                assertTrue(
                    payment.states
                        .toList()
                        .last()
                        .isCaptured,
                )
            }
        }

    @Test
    fun `a thousand calls cancelled at random lose nothing and leave nothing alive`() =
        runBlocking<Unit> {
            assertEquals(0UL, aliveAfterAll(), "objects before the test")
            val phone = phone("chance")
            val wallet = phone.setUp("이우연")
            val ended = AtomicInteger()
            val longest = longestMoment(wallet, phone)
            coroutineScope {
                repeat(AT_ONCE) { seed -> launch(Dispatchers.Default) { cancelAtRandom(wallet, phone, Random(seed), longest, ended) } }
            }
            assertTrue(ended.get() in 1 until CALLS, "some end and some are cancelled: $ended of $CALLS ended")
            nothingIsLost(wallet, phone)
            wallet.close()
            wallet.release()
            assertEquals(0UL, aliveAfterAll(), "objects that nobody let go of")
        }

    @Test
    fun `an answer that comes in the moment of its cancelling is let go of`() =
        runBlocking<Unit> {
            assertEquals(0UL, aliveAfterAll(), "objects before the test")
            val wallet = phone("moment").create()
            val chance = Random(20_261_121)
            val ended = AtomicInteger()
            val calls = suspend { repeat(TRIED) { wallet.generateRecoveryCode().close() } }
            calls()
            // Three times what one takes on this machine, once it has been tried.
            val longest = maxOf(LONGEST_MOMENT_NANOSECONDS, 3 * measureTime { calls() }.inWholeNanoseconds / TRIED)
            repeat(MOMENTS) {
                // A short call, which asks nobody, answers an object. It is cancelled somewhere in it, mostly near its end.
                val call =
                    launch(Dispatchers.Default) {
                        wallet.generateRecoveryCode().close()
                        ended.incrementAndGet()
                    }
                val moment = System.nanoTime() + chance.nextLong(longest)
                while (System.nanoTime() < moment) Thread.onSpinWait()
                call.cancelAndJoin()
            }
            assertTrue(ended.get() in 1 until MOMENTS, "some end and some are cancelled: $ended of $MOMENTS ended")
            wallet.close()
            wallet.release()
            assertEquals(0UL, aliveAfterAll(), "answers that nobody took")
        }

    /** So many microseconds a call has at most: twice what an approval takes on this machine as it is now. */
    private suspend fun longestMoment(
        wallet: CitizenWallet,
        phone: Phone,
    ): Long {
        val approving = someCall(wallet, phone, APPROVING)
        return maxOf(2 * measureTime { approving() }.inWholeMicroseconds, LONGEST_MICROSECONDS)
    }

    private suspend fun cancelAtRandom(
        wallet: CitizenWallet,
        phone: Phone,
        chance: Random,
        longest: Long,
        ended: AtomicInteger,
    ) = repeat(CALLS / AT_ONCE) {
        val call = someCall(wallet, phone, chance.nextInt(KINDS))
        val answer = withTimeoutOrNull(chance.nextLong(longest).microseconds) { call() }
        if (answer != null) ended.incrementAndGet()
    }

    private suspend fun someCall(
        wallet: CitizenWallet,
        phone: Phone,
        kind: Int,
    ): suspend () -> Any? =
        when (kind) {
            0 -> wallet::balance

            1 -> wallet::sync

            2 -> suspend { wallet.scan(Town.shared.bakery()).use { it.merchant } }

            3 -> suspend { wallet.earn("eco", "eco-2026-h1") }

            // Prepared in peace: it is the approval that is cancelled.
            APPROVING -> wallet.scan(Town.shared.bakery()).use { wallet.reviewPayment(it, 100.won, 10.points.exactly) }::approve

            5 -> wallet::history

            6 -> suspend { wallet.generateRecoveryCode().use { it.length } }

            7 -> suspend { wallet.balances.first() }

            8 -> wallet::activityLog

            else -> suspend { runCatching { phone.open() }.exceptionOrNull().takeIf { it is WalletException.StoreBusy } }
        }

    /** Every payment comes to its end, and the funds are what the captured ones left. */
    private suspend fun nothingIsLost(
        wallet: CitizenWallet,
        phone: Phone,
    ) {
        wallet.sync()
        val captured =
            wallet.payments().count {
                wallet
                    .payment(it.paymentId)
                    .states
                    .toList()
                    .last()
                    .isCaptured
            }
        assertTrue(captured > 0)
        assertEquals(10_000 - 10 * captured to 100_000 - 90 * captured, wallet.funds())
        phone.approve(wallet, 1_000.won, 0.points)
    }

    /** How many Rust objects are alive once all that this process has forgotten is let go of. */
    private suspend fun aliveAfterAll(): ULong {
        repeat(PATIENCE) {
            if (liveObjects() == 0UL) return 0UL
            System.gc()
            delay(25.milliseconds)
        }
        return liveObjects()
    }

    private companion object {
        const val CALLS = 1_000
        const val AT_ONCE = 8
        const val KINDS = 10
        const val APPROVING = 4
        const val LONGEST_MICROSECONDS = 60_000L
        const val PATIENCE = 4_800
        const val MOMENTS = 4_000
        const val TRIED = 100
        const val LONGEST_MOMENT_NANOSECONDS = 600_000L
    }
}
