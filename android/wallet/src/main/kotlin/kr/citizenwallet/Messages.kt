package kr.citizenwallet

import kr.citizenwallet.ffi.Language
import kr.citizenwallet.ffi.view.Message

/** The sentence in one language. */
public fun Message.text(language: Language): String =
    when (language) {
        Language.KOREAN -> ko
        Language.ENGLISH -> en
    }
