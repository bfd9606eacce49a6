package kr.citizenwallet

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.view.ServiceView
import kr.citizenwallet.town.Counter
import kr.citizenwallet.town.Town
import kr.citizenwallet.town.phone
import kr.citizenwallet.town.pin
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.seconds

/** Services that know her again, through the wrapper. */
class ServiceTest {
    private val counter = Counter(Town.shared)

    @Test
    fun `a service knows her again until she leaves it, and whoever watches sees it`() =
        runBlocking<Unit> {
            phone("services").create().use { wallet ->
                val seen = Channel<List<ServiceView>>(Channel.UNLIMITED)
                val watching = launch(Dispatchers.Default) { wallet.knownServices.collect { seen.send(it) } }
                assertEquals(emptyList(), withTimeout(20.seconds) { seen.receive() })
                val (offer, code) = counter.offer()
                wallet.reviewOffer(offer).use { offer -> pin(code).use { offer.accept(it) } }

                assertEquals("new", wallet.signedIn("visits", isKnown = false))
                val library = withTimeout(20.seconds) { seen.receive() }.single()
                assertEquals(listOf(library), wallet.services())
                assertEquals("샌드박스 마포도서관", library.service.ko)

                assertEquals("known", wallet.signedIn("returns", isKnown = true))
                assertEquals(9UL, wallet.credentials().single().copiesLeft, "who signs in shows no card")

                wallet.service(library.id).forget()
                assertEquals(emptyList(), wallet.services())
                do {
                    val known = withTimeout(20.seconds) { seen.receive() }
                } while (known.isNotEmpty())
                assertEquals("service-unknown", assertFailsWith<WalletException.Invalid> { wallet.service(library.id).forget() }.reason)
                assertEquals("service-forgotten", wallet.credentialLog().last().kind)
                assertEquals("new", wallet.signedIn("visits", isKnown = false))
                watching.cancelAndJoin()
            }
        }

    /** What the library takes her for. */
    private suspend fun CitizenWallet.signedIn(
        button: String,
        isKnown: Boolean,
    ): String {
        val (link, page) = counter.visit(button = button)
        reviewPresentation(link).use { request ->
            assertEquals(isKnown, request.view.signIn?.isKnown)
            assertEquals(button == "returns", request.view.isSignInAlone)
            val answer = assertIs<PresentationAnswer.Possible>(request.answer)
            assertEquals(request.view.isSignInAlone, answer.suggested.isEmpty())
            assertTrue("로그인" in request.present(answer.suggested).text.ko)
        }
        return counter.visitor(page)
    }
}
