package kr.citizenwallet

import kr.citizenwallet.ffi.Language
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith

/** Amounts as they are handed in and written. */
class MoneyTest {
    @Test
    fun `money is written as people write it`() {
        assertEquals("12,000원", 12_000.won.text(Language.KOREAN))
        assertEquals("12,000 won", 12_000.won.text(Language.ENGLISH))
        assertEquals("0원", 0.won.text(Language.KOREAN))
        assertEquals("1,234,567포인트", 1_234_567.points.text(Language.KOREAN))
        assertEquals("1 point", 1.points.text(Language.ENGLISH))
    }

    @Test
    fun `an amount is never negative`() {
        assertFailsWith<IllegalArgumentException> { (-1).won }
        assertFailsWith<IllegalArgumentException> { (-1L).points }
    }
}
