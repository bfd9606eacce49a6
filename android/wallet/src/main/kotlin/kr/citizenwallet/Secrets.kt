package kr.citizenwallet

import kr.citizenwallet.ffi.Secret
import java.nio.ByteBuffer
import java.nio.CharBuffer

/** A secret of these characters. The array is wiped. */
public fun secretOf(characters: CharArray): Secret {
    val secret = Secret()
    try {
        // Character by character: a text that crossed as a whole would leave a copy in a buffer.
        CharBuffer.wrap(characters).codePoints().forEach { require(secret.push(it.toUInt())) { "longer than any secret" } }
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

/** Its characters, to show a recovery code. Wipe the array after use. */
public fun Secret.characters(): CharArray {
    val points = IntArray(length().toInt()) { index -> checkNotNull(character(index.toUInt())).toInt() }
    val shown = CharArray(points.sumOf(Character::charCount))
    points.fold(0) { at, point -> at + Character.toChars(point, shown, at) }
    points.fill(0)
    return shown
}
