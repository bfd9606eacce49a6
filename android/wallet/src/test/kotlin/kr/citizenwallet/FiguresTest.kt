package kr.citizenwallet

import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kr.citizenwallet.ffi.view.Freshness
import kr.citizenwallet.town.Town
import kr.citizenwallet.town.bakery
import kr.citizenwallet.town.pin
import org.junit.jupiter.api.condition.EnabledIfSystemProperty
import java.io.File
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlin.time.Duration
import kotlin.time.DurationUnit
import kotlin.time.measureTime

/** How long a citizen waits, through Kotlin: the acts of `bindings/ffi/examples/facade_times.rs`, for `cargo xtask bench --facade`. */
@EnabledIfSystemProperty(named = "figures", matches = "true")
class FiguresTest {
    private val store = File(Town.shared.folder, "figures.wallet")
    private val keys = FileKeys(File(Town.shared.folder, "figures.keys"))

    @Test
    fun `what acts and openings cost`() =
        runBlocking<Unit> {
            val first = measureTime { inspectCode("nothing") }
            println("figure\tkotlin-first-call\t${first.toDouble(DurationUnit.MILLISECONDS)}\tms, once: the library is loaded and bound")
            val code = readImage(Town.shared.bakery()).first().text
            pin().use { CitizenWallet.create(WalletConfig(store, keys, Town.shared.city), it) }.use { wallet ->
                wallet.generateRecoveryCode().use { wallet.openAccount(it) }
                wallet.enrol("김재는")
                wallet.earn("eco", "eco-2026-h1")
                acts(wallet, code)
                wallet.release()
            }
            openings()
            calls(code)
        }

    private suspend fun acts(
        wallet: CitizenWallet,
        text: String,
    ) {
        val (balances, reviews) = List(2) { mutableListOf<Duration>() }
        val (approvals, payments) = List(2) { mutableListOf<Duration>() }
        repeat(ROUNDS) {
            balances += measureTime { wallet.balance() }
            lateinit var review: PaymentReview
            reviews += measureTime { review = wallet.scan(text).use { wallet.reviewPayment(it, 300.won, 100.points.exactly) } }
            lateinit var payment: Payment
            val approving = measureTime { payment = review.approve() }
            approvals += approving
            payments += approving +
                measureTime {
                    assertTrue(
                        payment.states
                            .toList()
                            .last()
                            .isCaptured,
                    )
                }
            review.close()
        }
        milliseconds("balance", balances)
        milliseconds("scan-and-review", reviews)
        milliseconds("approve", approvals)
        milliseconds("approve-to-captured", payments)
    }

    /** From nothing to a verified balance, as an app that was just started, in a process that has loaded the library. */
    private suspend fun openings() {
        val (opened, unlocked, shown) = List(3) { mutableListOf<Duration>() }
        repeat(ROUNDS) {
            lateinit var wallet: CitizenWallet
            val opening = measureTime { wallet = CitizenWallet.open(WalletConfig(store, keys)) }
            val unlocking = measureTime { pin().use { wallet.unlock(it) } }
            val showing = measureTime { assertEquals(Freshness.FRESH, wallet.balance().points.freshness) }
            opened += opening
            unlocked += opening + unlocking
            shown += opening + unlocking + showing
            wallet.close()
            wallet.release()
        }
        milliseconds("cold-open", opened)
        milliseconds("cold-open-and-unlock", unlocked)
        milliseconds("cold-open-to-verified-balance", shown)
    }

    /** What a call costs that asks nobody. */
    private fun calls(text: String) {
        repeat(CALLS) { inspectCode(text) }
        val each = measureTime { repeat(CALLS) { inspectCode(text) } } / CALLS
        println("figure\tkotlin-inspect-code\t${each.toDouble(DurationUnit.MICROSECONDS)}\tµs, mean of $CALLS")
    }

    private fun milliseconds(
        name: String,
        times: List<Duration>,
    ) {
        val middle = times.sorted()[times.size / 2].toDouble(DurationUnit.MILLISECONDS)
        println("figure\tkotlin-$name\t$middle\tms, median of ${times.size}")
    }

    private companion object {
        const val ROUNDS = 15
        const val CALLS = 10_001
    }
}
