package kr.citizenwallet

import kr.citizenwallet.ffi.CodeReading
import kr.citizenwallet.library.LibraryCode
import kr.citizenwallet.library.LibraryWallet
import kr.citizenwallet.ffi.readImage as readPicture

/** Reads the payment codes in a PNG or JPEG picture, without asking anybody and without a wallet. Those that can be paid come first. */
public suspend fun readImage(
    picture: ByteArray,
    lenient: Boolean = false,
): List<CodeReading> = readPicture(picture, lenient)

/** Reads a picture and asks the centre whose code it is. */
public suspend fun CitizenWallet.scan(picture: ByteArray): ScannedCode {
    require(this is LibraryWallet) { "this wallet reads no pictures" }
    return LibraryCode(act { scanImage(picture) })
}
