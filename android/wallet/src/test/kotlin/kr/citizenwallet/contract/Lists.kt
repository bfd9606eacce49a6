package kr.citizenwallet.contract

import kr.citizenwallet.CitizenWallet
import kr.citizenwallet.OwnLimits
import kr.citizenwallet.Points
import kr.citizenwallet.ffi.view.LimitsView

/** Does what a word of what is listed, set, and told beside paying says; nothing if it is none. */
internal suspend fun speakOfLists(
    wallet: CitizenWallet,
    word: String,
    with: With,
): Fields? =
    when (word) {
        "won" -> mapOf("krw" to "${wallet.won().krw}")
        "prefer-points" -> emptyMap<String, String>().also { wallet.preferPoints(with.text("first") == "true") }
        "receipts" -> mapOf("count" to "${wallet.receipts().size}")
        "receipt-code" -> mapOf("code" to wallet.payment(with.text("payment")).receiptCode())
        "codes" -> wallet.codes().run { mapOf("count" to "$size") + optional("last", lastOrNull()?.state) }
        "redeem" -> redeem(wallet, Points(with.number("points")))
        "limits" -> told(wallet.limits())
        "set-limits" -> told(wallet.setLimits(OwnLimits(with.won("per_payment"), with.won("per_day"), with.won("per_month"))))
        "submissions" -> wallet.submissions().run { mapOf("count" to "$size") + optional("last", lastOrNull()?.kind) }
        "polls-near" -> near(wallet, with.optional("district"))
        "attest" -> mapOf("stated" to "${wallet.attest(with.text("challenge").toByteArray()) != null}")
        else -> null
    }

/** What the key store was told last that a signature is for. */
internal fun signedFor(keystore: ContractKeystore): Fields =
    keystore.reason
        ?.run { mapOf("kind" to kind.name.lowercase().replace('_', '-'), "ko" to text.ko, "en" to text.en) }
        .orEmpty()

private suspend fun redeem(
    wallet: CitizenWallet,
    points: Points,
): Fields =
    wallet.reviewRedemption(points).use { review ->
        mapOf("points_left" to "${review.view.pointsLeft}") + told(review.approve())
    }

private suspend fun near(
    wallet: CitizenWallet,
    district: String?,
): Fields =
    wallet.pollsNear(district).run {
        mapOf("near" to "${near.size}", "elsewhere" to "${elsewhere.size}", "whence" to whence)
    }

private fun told(view: LimitsView): Fields =
    optional("legal", view.legal?.perPayment) + optional("own", view.own?.perPayment) + optional("left", view.left)
