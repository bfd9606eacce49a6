package kr.citizenwallet.readme

import kotlinx.coroutines.runBlocking
import kr.citizenwallet.CitizenWallet
import kr.citizenwallet.Identity
import kr.citizenwallet.PlatformKeys
import kr.citizenwallet.WalletConfig
import kr.citizenwallet.ffi.CodeReading
import kr.citizenwallet.ffi.view.BalanceView
import kr.citizenwallet.ffi.view.BallotReviewView
import kr.citizenwallet.ffi.view.CountedView
import kr.citizenwallet.ffi.view.OfferReviewView
import kr.citizenwallet.ffi.view.PaymentView
import kr.citizenwallet.ffi.view.PresentationReviewView
import kr.citizenwallet.ffi.view.PreviewState
import kr.citizenwallet.ffi.view.ReceiptView
import kr.citizenwallet.ffi.view.RegistrationReviewView
import kr.citizenwallet.ffi.view.ReviewView
import kr.citizenwallet.ffi.view.VoteView
import kr.citizenwallet.isByCard
import kr.citizenwallet.preview.PreviewWallet
import kr.citizenwallet.readImage
import kr.citizenwallet.town.Counter
import kr.citizenwallet.town.PIN
import kr.citizenwallet.town.Programs
import kr.citizenwallet.town.TestKeystore
import kr.citizenwallet.town.Town
import kr.citizenwallet.town.bakery
import kr.citizenwallet.town.pin
import java.io.File
import kotlin.test.Test
import kotlin.test.assertContains
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlin.time.Duration

/** The README's Kotlin is what is compiled here and in `wallet-android`, and its main road is run. */
class SnippetsTest {
    private val screen = Remembering()
    private val snippets = Snippets(screen)
    private val town = Town.shared

    @Test
    fun `the README shows the pieces as they are compiled, and no other Kotlin`() {
        val android = File(Programs.root, "android")
        val sources = listOf("wallet", "wallet-android").map { File(android, "$it/src/test/kotlin/kr/citizenwallet/readme") }
        val compiled = sources.flatMap { it.listFiles()!!.toList() }.flatMap { pieces(it.readText()) }.toMap()
        val shown =
            SHOWN.findAll(File(android, "README.md").readText()).associate {
                it.groupValues[1] to
                    it.groupValues[2].trimIndent().trim()
            }
        val blocks = Regex("```kotlin").findAll(File(android, "README.md").readText()).count()
        assertEquals(blocks, shown.size, "each piece has a name before it")
        assertEquals(compiled.keys + IMPORTS, shown.keys)
        for ((name, text) in shown - IMPORTS) assertEquals(compiled[name], text, name)

        // Of a file that begins with them, the main road is compiled: what its pieces name is imported, and is there.
        val pieces = sources.flatMap { it.listFiles()!!.toList() }.filter { it.name.endsWith("Snippets.kt") }
        val imports = pieces.flatMap { it.readLines() }.filter { it.startsWith("import ") }
        val named = shown.getValue(IMPORTS).lines()
        assertEquals(emptyList(), named - imports.toSet())
        for (line in imports.filter { it.startsWith("import kr.citizenwallet.") }) {
            val word = Regex("\\b${line.substringAfterLast('.')}\\b")
            if (ROAD.any { word in shown.getValue(it) }) assertContains(named, line)
        }
    }

    @Test
    fun `the quick start runs as it is written`() =
        runBlocking<Unit> {
            // Its citizen has the name that other tests have: a city of her own.
            val town = Town()
            val folder = File(town.folder, "quick").apply { mkdirs() }
            val trustFile = File(folder, "city.json").apply { writeText(town.trustFile) }
            val wallet = snippets.desktop(folder, town.city.url, trustFile, PIN.toCharArray())
            snippets.firstTime(wallet) { screen.code.copyOf() }
            val bakery = readImage(File(Programs.root, "examples/codes/static-rotated.png").readBytes()).first().text
            assertContains(File(Programs.root, "android/README.md").readText(), "\n$bakery\n")
            snippets.pay(wallet, bakery)
            assertEquals(12_000UL, screen.reviewed?.amount)
            assertEquals(5_000UL, screen.receipt?.points)
            val backup = snippets.backUp(wallet, screen.code.copyOf())
            assertTrue(backup.isNotEmpty())

            wallet.lock()
            snippets.guarded { wallet.balance() }
            assertEquals(Duration.ZERO, screen.asked)
            snippets.enter(wallet, PIN)
            snippets.follow(wallet, "https://elsewhere.example/")
            assertContains(screen.said.last(), Regex("[가-힣]"))
            snippets.close(wallet)
            town.close()
        }

    @Test
    fun `a vote goes as the README shows it`() =
        runBlocking<Unit> {
            snippets.vote(PreviewWallet(PreviewState.VOTED, takes = Duration.ZERO))
            assertEquals(screen.fingerprint, screen.counted?.fingerprint)
            assertEquals(true, screen.counted?.counted)
            assertEquals(true, screen.registration?.isByCard)
        }

    @Test
    fun `a card comes and is shown as the README shows it, over a transport as the README shows it`() =
        runBlocking<Unit> {
            val store = File(town.folder, "own-transport.wallet")
            val config = WalletConfig(store, PlatformKeys(TestKeystore()), town.city, Snippets.OwnTransport())
            pin().use { CitizenWallet.create(config, it) }.use { wallet ->
                wallet.generateRecoveryCode().use { wallet.openAccount(it) }
                assertEquals(0UL, wallet.balance().points.points)

                val counter = Counter(town)
                val (offer, code) = counter.offer()
                snippets.follow(wallet, offer)
                assertEquals(true, screen.offer?.issuer?.isRegistered)
                snippets.receive(wallet, offer) { code.toCharArray() }
                assertEquals("valid", wallet.credentials().single().state)

                val (request, page) = counter.visit()
                snippets.follow(wallet, request)
                assertEquals(
                    "샌드박스 마포도서관",
                    screen.request
                        ?.verifier
                        ?.name
                        ?.ko,
                )
                assertEquals("waiting", counter.standing(page))
                snippets.present(wallet, request)
                assertEquals("accepted", counter.standing(page))
                assertTrue(screen.said.any { "address.district" in it }, "${screen.said}")
                wallet.release()
            }
        }

    @Test
    fun `a lost phone and code go as the README shows it`() =
        runBlocking<Unit> {
            fun wallet(state: PreviewState) = PreviewWallet(state, takes = Duration.ZERO)
            val who = Identity("SB-1001", "홍길동", "1999-03-02")
            snippets.enrolRecovery(wallet(PreviewState.ORDINARY))
            assertContains(screen.said.last(), "5명")
            for (state in listOf(PreviewState.RECOVERING, PreviewState.RECOVERY_OBJECTED, PreviewState.RECOVERY_READY)) {
                snippets.recover(wallet(state), who) { screen.code.copyOf() }
                assertEquals(wallet(state).recovery().text.ko, screen.said.last())
            }
            for (isHers in listOf(true, false)) snippets.answer(wallet(PreviewState.RECOVERING), isHers, who)
            assertContains(screen.said.last(), "이의")
        }

    @Test
    fun `services are left as the README shows it`() =
        runBlocking<Unit> {
            snippets.leave(PreviewWallet(PreviewState.SIGN_IN_AGAIN, takes = Duration.ZERO), "마포도서관")
            assertEquals(2, screen.said.size)
        }

    @Test
    fun `a stranger is shown nothing as the README shows it`() =
        runBlocking<Unit> {
            snippets.present(PreviewWallet(PreviewState.REQUEST_UNKNOWN, takes = Duration.ZERO), "openid4vp://?client_id=x")
            assertEquals(false, screen.request?.verifier?.isRegistered)
            assertContains(screen.said.first(), screen.request!!.verifier.host)
        }

    private fun pieces(source: String) = PIECE.findAll(source).map { it.groupValues[1] to it.groupValues[2].trimIndent().trim() }

    private class Remembering : Snippets.Shown {
        override val isWaiting = false
        var code = CharArray(0)
        var reviewed: ReviewView? = null
        var receipt: ReceiptView? = null
        var fingerprint: String? = null
        var registration: RegistrationReviewView? = null
        var counted: CountedView? = null
        var offer: OfferReviewView? = null
        var request: PresentationReviewView? = null
        var asked: Duration? = null
        val said = mutableListOf<String>()

        override fun show(review: ReviewView) {
            reviewed = review
        }

        override fun show(balance: BalanceView) = Unit

        override fun show(payment: PaymentView) = Unit

        override fun show(receipt: ReceiptView) {
            this.receipt = receipt
        }

        override fun show(ballot: BallotReviewView) {
            fingerprint = ballot.fingerprint
        }

        override fun show(registration: RegistrationReviewView) {
            this.registration = registration
        }

        override fun show(vote: VoteView) = Unit

        override fun show(counted: CountedView) {
            this.counted = counted
        }

        override fun show(offer: OfferReviewView) {
            this.offer = offer
        }

        override fun show(request: PresentationReviewView) {
            this.request = request
        }

        override fun showCode(characters: CharArray) {
            code = characters
        }

        override fun say(text: String) {
            said += text
        }

        override fun showPinPad(wait: Duration) {
            asked = wait
        }

        override fun grey(asOf: ULong) = Unit

        override fun open(code: CodeReading) = Unit
    }

    private companion object {
        const val IMPORTS = "imports"
        val ROAD = listOf("desktop", "android", "first-time", "pay", "watch", "close")
        val PIECE = Regex("// snippet: (\\S+)\\n(.*?)\\n *// end", RegexOption.DOT_MATCHES_ALL)
        val SHOWN = Regex("<!-- (\\S+) -->\\n```kotlin\\n(.*?)\\n```", RegexOption.DOT_MATCHES_ALL)
    }
}
