package kr.citizenwallet

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kr.citizenwallet.ffi.KeyPurpose
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.view.CredentialView
import kr.citizenwallet.town.Counter
import kr.citizenwallet.town.Town
import kr.citizenwallet.town.phone
import kr.citizenwallet.town.pin
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.seconds

/** The card through the wrapper, over an app's own key store and transport. */
class CardTest {
    private val counter = Counter(Town.shared)

    @Test
    fun `a card is received and shown once for each review, and whoever watches sees it`() =
        runBlocking<Unit> {
            val phone = phone("card")
            phone.create().use { wallet ->
                assertFalse(KeyPurpose.TOKEN in phone.keystore.purposes.values)
                val seen = Channel<List<CredentialView>>(Channel.UNLIMITED)
                val watching = launch(Dispatchers.Default) { wallet.heldCredentials.collect { seen.send(it) } }
                assertEquals(emptyList(), withTimeout(120.seconds) { seen.receive() })
                val card = wallet.received()
                assertEquals(listOf(card), withTimeout(120.seconds) { seen.receive() })
                assertTrue(card.isShowable)
                assertEquals(
                    10,
                    phone.keystore.purposes.values
                        .count { it == KeyPurpose.TOKEN },
                    "a key for each copy, and one finger",
                )
                assertTrue(wallet.refreshCredentials().single().state == "valid")

                val (link, page) = counter.visit()
                wallet.reviewPresentation(link).use { request ->
                    val answer = assertIs<PresentationAnswer.Possible>(request.answer)
                    val part = request.view.asked.single()
                    val mine = part.showable.single()
                    assertEquals(listOf(part.pick(mine, mine.combinations.single())), answer.suggested)
                    assertTrue(
                        request
                            .present(answer.suggested)
                            .text.ko
                            .isNotEmpty(),
                    )
                    assertEquals("accepted", counter.standing(page))
                    assertFailsWith<WalletException.Expired> { request.present(answer.suggested) }
                    assertFailsWith<WalletException.Expired> { request.decline() }
                }
                assertEquals(9UL, wallet.credentials().single().copiesLeft)
                assertEquals(listOf("received", "presented", "signed-in"), wallet.credentialLog().map { it.kind })
                wallet.credential(card.id).forget()
                assertFailsWith<WalletException.Invalid> { wallet.credential(card.id).detail() }
                watching.cancelAndJoin()
            }
        }

    @Test
    fun `what she does not hold cannot be shown, and a review that is closed says so`() =
        runBlocking<Unit> {
            phone("nothing").create().use { wallet ->
                val (link, page) = counter.visit()
                val request = wallet.reviewPresentation(link)
                assertIs<PresentationAnswer.Missing>(request.answer)
                assertNull(request.suggested)
                request.decline()
                assertEquals("declined", counter.standing(page))
                request.close()
                request.close()
                assertFailsWith<IllegalStateException> { request.decline() }
                assertFailsWith<WalletException.Invalid> { wallet.reviewOffer("openid-credential-offer://?x=1") }
                assertFailsWith<WalletException.Invalid> { wallet.reviewPresentation("https://example.org/") }
            }
        }

    @Test
    fun `an offer that is stopped at the key store leaves nothing behind`() =
        runBlocking<Unit> {
            val phone = phone("stopped")
            phone.create().use { wallet ->
                val (link, code) = counter.offer()
                val offer = wallet.reviewOffer(link)
                val asked = CompletableDeferred<Unit>()
                phone.keystore.mood = {
                    asked.complete(Unit)
                    awaitCancellation()
                }
                val accepting = launch(Dispatchers.Default) { pin(code).use { offer.accept(it) } }
                withTimeout(120.seconds) { asked.await() }
                accepting.cancelAndJoin()
                phone.keystore.mood = {}
                assertEquals(emptyList(), wallet.credentials())
                assertFailsWith<WalletException.Expired> { pin(code).use { offer.accept(it) } }
                wallet.received()
            }
        }

    @Test
    fun `a statement about the card's key is the key store's own, over the challenge`() =
        runBlocking<Unit> {
            val phone = phone("attested")
            phone.create().use { wallet ->
                assertNull(wallet.attest(ByteArray(16)))
                phone.keystore.statement = { it + 1 }
                assertContentEquals(byteArrayOf(5, 1), wallet.attest(byteArrayOf(5)))
                assertFailsWith<WalletException.Invalid> { wallet.attest(ByteArray(0)) }
            }
        }

    @Test
    fun `an account is stopped by its code and goes on, with another key`() =
        runBlocking<Unit> {
            phone("custody").create().use { wallet ->
                val code = wallet.generateRecoveryCode()
                wallet.openAccount(code)
                val first = wallet.card()
                assertTrue(first.isActive)
                assertEquals("done", wallet.freeze(code).follow().state)
                assertEquals(false, wallet.card().isActive)
                assertEquals("frozen", wallet.custody().state)
                assertFailsWith<WalletException.Refused> { wallet.objectToRecovery() }
                assertEquals("done", wallet.unfreeze(code).follow().state)
                val changed = wallet.rotateCard()
                assertTrue(changed.isActive && changed.did != first.did)
            }
        }

    private suspend fun CitizenWallet.received(): CredentialView {
        val (link, code) = counter.offer()
        return reviewOffer(link).use { offer ->
            assertTrue(offer.view.canAccept && offer.view.needsCode)
            pin(code).use { offer.accept(it).single() }
        }
    }
}
