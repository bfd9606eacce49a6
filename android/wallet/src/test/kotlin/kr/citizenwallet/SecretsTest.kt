package kr.citizenwallet

import kotlinx.coroutines.runBlocking
import kr.citizenwallet.ffi.Platform
import kr.citizenwallet.ffi.Wallet
import kr.citizenwallet.ffi.WalletPlace
import java.io.File
import java.nio.file.Files
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue

/** A PIN or a recovery code on its way. */
class SecretsTest {
    @Test
    fun `what a secret is made of is wiped`() {
        val characters = "294857".toCharArray()
        val bytes = "3H7K-가🙂".toByteArray()
        secretOf(characters).use { assertEquals(6, it.length) }
        secretOf(bytes).use { assertContentEquals("3H7K-가🙂".toCharArray(), it.characters()) }
        assertTrue(characters.all { it == '\u0000' } && bytes.all { it == 0.toByte() })
    }

    @Test
    fun `what is longer than any secret is refused and wiped`() {
        val characters = CharArray(1_000) { '1' }
        assertFailsWith<IllegalArgumentException> { secretOf(characters) }
        assertTrue(characters.all { it == '\u0000' })
    }

    @Test
    fun `a secret is in no text, and of no use once it is closed`() {
        val secret = secretOf("294857".toCharArray())
        assertTrue("294857" !in "$secret")
        secret.clear()
        assertEquals(0, secret.length)
        secret.close()
        secret.close()
        assertFailsWith<IllegalStateException> { secret.length }
        Secret().use { pad -> assertTrue(pad.push('1')) }
    }

    /** Apps never hold one; whoever goes round the wrapper gets an exception and not freed memory. */
    @Test
    fun `a generated object that is closed is refused as an argument of another's call`() =
        runBlocking<Unit> {
            val folder = Files.createTempDirectory("closed").toFile()
            val place = WalletPlace(File(folder, "wallet").path, null, null)
            Platform.desktop(File(folder, "keys").path).use { platform ->
                val pin = kr.citizenwallet.ffi.Secret()
                pin.close()
                val refused = assertFailsWith<IllegalStateException> { Wallet.create(place, platform, pin) }
                assertEquals("Secret object has already been destroyed", refused.message)
            }
            folder.deleteRecursively()
        }
}
