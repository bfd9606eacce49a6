package kr.citizenwallet

import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kr.citizenwallet.ffi.Clock
import kr.citizenwallet.ffi.HttpResponse
import kr.citizenwallet.ffi.KeystoreException
import kr.citizenwallet.ffi.TransportException
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.view.Freshness
import kr.citizenwallet.town.Town
import kr.citizenwallet.town.bakery
import kr.citizenwallet.town.funds
import kr.citizenwallet.town.phone
import kr.citizenwallet.town.pin
import java.util.concurrent.atomic.AtomicInteger
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertTrue

/** What the app brings of its own, and what becomes of it when it throws, loses or lies. */
class ForeignTest {
    @Test
    fun `whatever a key store throws is an answer, and the next try works`() =
        runBlocking<Unit> {
            val phone = phone("throws")
            phone.create().use { wallet ->
                val thrown: List<Pair<Exception, NextStep?>> =
                    listOf(
                        KeystoreException.Cancelled() to NextStep.Nothing,
                        KeystoreException.Invalidated() to NextStep.Restore,
                        KeystoreException.Missing() to NextStep.Restore,
                        KeystoreException.Locked() to NextStep.AskPin(null, kotlin.time.Duration.ZERO),
                        KeystoreException.Full() to NextStep.FreeSpace,
                        KeystoreException.Failed() to null,
                        IllegalStateException("not declared") to null,
                    )
                for ((thrown, step) in thrown) {
                    wallet.lock()
                    phone.keystore.mood = { throw thrown }
                    val next = assertFailsWith<WalletException> { wallet.unlock(pin()) }.next
                    if (step == null) assertIs<NextStep.Report>(next) else assertEquals(step, next)
                    phone.keystore.mood = {}
                    wallet.unlock(pin())
                }
            }
        }

    @Test
    fun `a transport that loses the answer to an order pays once`() =
        runBlocking<Unit> {
            val phone = phone("lost")
            phone.setUp("김잃음").use { wallet ->
                val lost = AtomicInteger()
                phone.transport.weather = { request, send ->
                    val answer = send()
                    if (request.url.endsWith("/v1/centre/orders")) {
                        lost.incrementAndGet()
                        throw TransportException.Broken()
                    }
                    answer
                }
                val payment = phone.approve(wallet, 12_000.won, 5_000.points)
                assertTrue(lost.get() > 0)
                assertEquals("requested", payment.view().state)
                phone.transport.weather = { _, send -> send() }
                assertTrue(
                    payment.states
                        .toList()
                        .last()
                        .isCaptured,
                )
                assertEquals(5_000 to 93_000, wallet.funds())
                assertEquals(1, wallet.payments().size)
            }
        }

    @Test
    fun `without a connection the last numbers are shown as stale and nothing is approved`() =
        runBlocking<Unit> {
            val phone = phone("cut")
            phone.setUp("이끊김").use { wallet ->
                phone.transport.weather = { _, _ -> throw TransportException.Offline() }
                val points = wallet.balance().points
                assertEquals(Freshness.STALE to 10_000UL, points.freshness to points.points)
                assertEquals(NextStep.TryAgain, assertFailsWith<WalletException> { phone.approve(wallet, 1_000.won, 0.points) }.next)
                phone.transport.weather = { _, _ -> throw IllegalStateException("not declared") }
                assertFailsWith<WalletException> { phone.approve(wallet, 1_000.won, 0.points) }
                assertTrue(wallet.payments().isEmpty())
            }
        }

    @Test
    fun `a number that a lying transport changes is never shown`() =
        runBlocking<Unit> {
            val phone = phone("lied")
            phone.setUp("박속음").use { wallet ->
                val lies = AtomicInteger()
                phone.transport.weather = { request, send ->
                    val answer = send()
                    if (request.url.endsWith("/v1/ledger/state")) answer.changed().also { lies.incrementAndGet() } else answer
                }
                val refused = assertFailsWith<WalletException> { wallet.balance() }
                assertIs<NextStep.ShowNothing>(refused.next, "$refused")
                assertFailsWith<WalletException> { phone.approve(wallet, 1_000.won, 0.points) }
                assertTrue(lies.get() > 0)
                phone.transport.weather = { _, send -> send() }
                assertEquals(10_000 to 100_000, wallet.funds())
            }
        }

    @Test
    fun `a clock that is wrong is said, and one that throws holds nothing up`() =
        runBlocking<Unit> {
            val phone = phone("clock")
            phone.setUp("최시계").use { it.release() }
            phone.clock = FixedClock { 1_000_000UL }
            phone.unlocked().use { wallet ->
                assertIs<NextStep.SetClock>(assertFailsWith<WalletException> { wallet.scan(Town.shared.bakery()) }.next)
                wallet.release()
            }
            phone.clock = FixedClock { error("no battery") }
            phone.unlocked().use { assertEquals(10_000 to 100_000, it.funds()) }
        }

    /** The same answer with one of its long texts changed in the middle. */
    private fun HttpResponse.changed(): HttpResponse {
        val text = body.decodeToString()
        val proof = checkNotNull(LONG_TEXT.find(text)) { text }
        val at = proof.range.first + proof.value.length / 2
        val changed = text.replaceRange(at, at + 1, if (text[at] == 'A') "B" else "A")
        return HttpResponse(status, changed.encodeToByteArray())
    }

    private class FixedClock(
        private val time: () -> ULong,
    ) : Clock {
        override fun now(): ULong = time()
    }

    private companion object {
        val LONG_TEXT = Regex("[A-Za-z0-9_-]{60,}")
    }
}
