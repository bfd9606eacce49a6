package kr.citizenwallet

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.library.LibraryWallet
import kr.citizenwallet.town.phone
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.seconds

/** Phone and recovery code are lost, through the wrapper, as far as it goes without waiting for days; the contract goes to the end. */
class RecoveryTest {
    private val sample = Identity("SB-1003", "김샘플", "1985-12-25")

    @Test
    fun `officers file a case for a new phone, and the old one objects and has it dropped`() =
        runBlocking<Unit> {
            val keys = phone("recovery-held")
            keys.create().use { old ->
                old.generateRecoveryCode().use { old.openAccount(it) }
                val enrolled = old.enrolRecovery(sample)
                assertTrue(enrolled.enrolled >= enrolled.needed)
                phone("recovery-new").create().use { new ->
                    val code = new.generateRecoveryCode()
                    assertFailsWith<WalletException.Invalid> { new.recovery() }
                    new.recoverByOffice(sample, code)
                    val waiting = new.followRecovery()
                    assertEquals(old.account().account, waiting.account)
                    assertEquals(RecoveryStep.Wait(waiting.effective!!), waiting.next)
                    assertFailsWith<WalletException.Refused> { new.completeRecovery(code) }
                    tells(new) { new.recovery() }
                    tells(new) { new.followRecovery() }
                    tells(new) { assertFailsWith<WalletException> { new.upholdRecovery() } }
                    new.generateRecoveryCode().use { another ->
                        assertFailsWith<WalletException.Invalid> { new.completeRecovery(another) }
                    }

                    // Cancelled at the finger, nothing was objected to.
                    val asked = CompletableDeferred<Unit>()
                    keys.keystore.mood = {
                        asked.complete(Unit)
                        awaitCancellation()
                    }
                    val objecting = launch(Dispatchers.Default) { old.objectToRecovery() }
                    withTimeout(60.seconds) { asked.await() }
                    objecting.cancelAndJoin()
                    keys.keystore.mood = {}
                    assertTrue(old.custody().canObject)

                    assertEquals("done", old.objectToRecovery().follow().state)
                    assertEquals(RecoveryStep.Uphold, new.recovery().next)
                    assertFalse(old.custody().canObject)
                    assertEquals("done", old.dismissRecovery(sample).follow().state)
                    assertEquals(RecoveryStep.AskAnew, new.recovery().next)
                    assertTrue(old.card().isActive)
                }
            }
        }

    /** Whatever goes on with a recovery is told to those who watch, also if it is refused: what happened before that is in the log. */
    private suspend fun tells(
        wallet: CitizenWallet,
        act: suspend () -> Unit,
    ) = coroutineScope {
        val news = (wallet as LibraryWallet).news
        val told = async(start = CoroutineStart.UNDISPATCHED) { news.items.first { it.event == null && !it.isQuiet } }
        act()
        withTimeout(60.seconds) { told.await() }
    }

    @Test
    fun `whoever is not as the register has her is told nothing, and is not told of`() =
        runBlocking<Unit> {
            phone("recovery-nobody").create().use { wallet ->
                val code = wallet.generateRecoveryCode()
                val stranger = Identity("SB-1003", "김아무", "1985-12-25")
                val refused = assertFailsWith<WalletException.Refused> { wallet.recoverByOffice(stranger, code) }
                assertEquals("recovery-officer", refused.by)
                assertIs<NextStep.ShowReason>(refused.next)
                assertFalse("김아무" in "$stranger" || "SB-1003" in "$stranger")
            }
        }
}
