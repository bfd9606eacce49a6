package kr.citizenwallet

import kotlinx.coroutines.runBlocking
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.town.Town
import kr.citizenwallet.town.funds
import kr.citizenwallet.town.phone
import java.text.Normalizer
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

/** Korean text, in and out. */
class KoreanTest {
    @Test
    fun `a name typed in parts is the name, once`() =
        runBlocking<Unit> {
            val composed = "한글이름"
            val parts = Normalizer.normalize(composed, Normalizer.Form.NFD)
            assertTrue(parts != composed)
            phone("parts").setUp(parts).use { wallet ->
                wallet.enrol(composed)
                assertEquals(10_000 to 100_000, wallet.funds(), "one account")
            }
        }

    @Test
    fun `a shop's name comes as it was registered, in NFC, with its emoji`() =
        runBlocking<Unit> {
            val name = "할매국밥🍲"
            val till = Town.shared.till(Normalizer.normalize(name, Normalizer.Form.NFD), "HALMAE")
            phone("soup").setUp("김국밥🙂").use { wallet ->
                assertEquals(name, wallet.scan(till.printedCode()).merchant.name)
            }
        }

    @Test
    fun `every error has a sentence in Korean`() {
        val errors =
            listOf(WalletException.Locked(), WalletException.Offline(true), WalletException.NeedsUpdate(), WalletException.StorageFull())
        for (error in errors) {
            assertTrue(error.text(kr.citizenwallet.ffi.Language.KOREAN).any { it in '가'..'힣' }, error.code())
        }
    }
}
