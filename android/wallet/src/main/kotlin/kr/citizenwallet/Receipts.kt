package kr.citizenwallet

import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.view.ReceiptView

/**
 * Verifies a receipt's file against a trust file's text, without a network. Fails with [WalletException.NeedsRefresh] if the trust file
 * begins above it.
 */
public suspend fun verifyReceipt(
    file: ByteArray,
    trustFile: String,
    config: WalletConfig,
): ReceiptView = config.platform(listener = null).use { kr.citizenwallet.ffi.verifyReceipt(file, trustFile, it) }

/** Fetches a newer proof for a receipt from a city and answers the renewed file. */
public suspend fun refreshReceipt(
    file: ByteArray,
    city: City,
    config: WalletConfig,
): ByteArray = config.platform(listener = null).use { kr.citizenwallet.ffi.refreshReceipt(file, city, it) }
