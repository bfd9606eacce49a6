package kr.citizenwallet

import kr.citizenwallet.library.Held
import java.nio.ByteBuffer
import kr.citizenwallet.ffi.Secret as LibrarySecret

/**
 * A PIN or a recovery code on its way: never a plain string. It lies in the library's memory and is wiped when it is cleared, closed or
 * let go of.
 *
 * A PIN pad makes an empty one and pushes one character at a time, so that the whole never stands in the app's memory.
 */
public class Secret internal constructor(
    secret: LibrarySecret,
) : AutoCloseable {
    private val held = Held(secret, "secret")

    /** An empty one. */
    public constructor() : this(LibrarySecret())

    /** How many characters there are. */
    public val length: Int get() = held.lend { it.length().toInt() }

    /** Puts a character, by its code point, at the end. Whether it was taken: a secret has 128 bytes at most. */
    public fun push(codePoint: Int): Boolean = held.lend { it.push(codePoint.toUInt()) }

    /** Puts a character at the end. */
    public fun push(character: Char): Boolean = push(character.code)

    /** Takes the last character away. */
    public fun pop(): Unit = held.lend { it.pop() }

    /** Wipes it now. */
    public fun clear(): Unit = held.lend { it.clear() }

    /** Its characters, to show a recovery code. Wipe the array after use. */
    public fun characters(): CharArray =
        held.lend { secret ->
            val points = IntArray(length) { index -> checkNotNull(secret.character(index.toUInt())).toInt() }
            val shown = CharArray(points.sumOf(Character::charCount))
            points.fold(0) { at, point -> at + Character.toChars(point, shown, at) }
            points.fill(0)
            shown
        }

    /** Hands it to a call. */
    internal inline fun <R> lend(use: (LibrarySecret) -> R): R = held.lend(use)

    /** Wipes it and lets go of it. Closing twice is fine. */
    override fun close(): Unit = held.close()

    /** Says nothing of it. */
    override fun toString(): String = "Secret(hidden)"
}

/** A secret of these characters. The array is wiped. */
public fun secretOf(characters: CharArray): Secret {
    val secret = Secret()
    try {
        // Character by character: a text that crossed as a whole would leave a copy in a buffer.
        var at = 0
        while (at < characters.size) {
            val point = Character.codePointAt(characters, at)
            require(secret.push(point)) { "longer than any secret" }
            at += Character.charCount(point)
        }
        return secret
    } catch (refused: IllegalArgumentException) {
        secret.close()
        throw refused
    } finally {
        characters.fill('\u0000')
    }
}

/** A secret of these bytes in UTF-8. The array is wiped. */
public fun secretOf(utf8: ByteArray): Secret {
    val characters = Charsets.UTF_8.decode(ByteBuffer.wrap(utf8))
    utf8.fill(0)
    val text = CharArray(characters.remaining()).also { characters.get(it) }
    characters.array().fill('\u0000')
    return secretOf(text)
}
