package kr.citizenwallet

import kr.citizenwallet.ffi.Link

/**
 * Says what a link or a scanned text is (`zeropay:`, `openid4vp:`, the app's own `citizenwallet:`, or no link at all), without asking
 * anybody and without a wallet. Nothing is done: what follows is the app's call.
 */
public fun openLink(text: String): Link = kr.citizenwallet.ffi.openLink(text)
