package kr.citizenwallet.contract

import kr.citizenwallet.ScannedCode
import kr.citizenwallet.ffi.Amount
import kr.citizenwallet.ffi.CodeReading
import kr.citizenwallet.ffi.Language
import kr.citizenwallet.ffi.Link
import kr.citizenwallet.ffi.WalletEvent
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.view.AccountView
import kr.citizenwallet.ffi.view.ActivityView
import kr.citizenwallet.ffi.view.BalanceView
import kr.citizenwallet.ffi.view.CodeReviewView
import kr.citizenwallet.ffi.view.Freshness
import kr.citizenwallet.ffi.view.GiftReviewView
import kr.citizenwallet.ffi.view.HistoryView
import kr.citizenwallet.ffi.view.HomeView
import kr.citizenwallet.ffi.view.PaymentView
import kr.citizenwallet.ffi.view.ReceiptView
import kr.citizenwallet.ffi.view.RefundsView
import kr.citizenwallet.ffi.view.ReviewView
import kr.citizenwallet.ffi.view.ShownCodeView
import kr.citizenwallet.ffi.view.SyncReport

/** A field that is there if it has a value. */
internal fun optional(
    name: String,
    value: Any?,
): Fields = if (value == null) emptyMap() else mapOf(name to "$value")

internal fun told(view: AccountView): Fields = mapOf("account" to view.account, "epoch" to "${view.epoch}")

internal fun told(view: BalanceView): Fields =
    mapOf(
        "points" to "${view.points.points}",
        "points_held" to "${view.points.pointsHeld}",
        "fresh" to "${view.points.freshness == Freshness.FRESH}",
        "signers" to "${view.points.verified.signers}",
        "validators" to "${view.points.verified.validators}",
    ) + optional("krw", view.won?.krw)

internal fun told(view: HistoryView): Fields =
    mapOf("entries" to "${view.entries.size}", "signers" to "${view.verified.signers}") +
        optional("last", view.entries.lastOrNull()?.kind)

internal fun told(view: HomeView): Fields =
    mapOf(
        "points" to "${view.balance.points.points}",
        "open_payments" to "${view.openPayments.size}",
        "recent" to "${view.recent.size}",
    )

internal fun told(report: SyncReport): Fields =
    mapOf(
        "payments" to "${report.payments.size}",
        "codes" to "${report.codes.size}",
        "fresh" to "${report.freshness == Freshness.FRESH}",
    )

internal fun activity(lines: List<ActivityView>): Fields =
    mapOf("lines" to "${lines.size}") + optional("last_ko", lines.lastOrNull()?.text?.ko) +
        optional("last_en", lines.lastOrNull()?.text?.en)

internal fun told(reading: CodeReading): Fields = mapOf("kind" to reading.kind) + optional("refusal", reading.refusal?.rule)

internal fun told(code: ScannedCode): Fields =
    code.merchant.run {
        mapOf("status" to status, "usable" to "${code.isUsable}") +
            optional("merchant", name) + optional("district", district) + optional("amount", amount)
    }

internal fun told(view: ReviewView): Fields =
    mapOf(
        "merchant" to view.merchant,
        "points" to "${view.points}",
        "krw" to "${view.krw}",
        "fee" to "${view.fee}",
        "points_left" to "${view.pointsLeft}",
        "card" to (view.card?.claims?.joinToString() ?: "none"),
    )

internal fun told(view: PaymentView): Fields =
    mapOf(
        "payment" to view.paymentId,
        "state" to view.state,
        "merchant" to view.merchant,
        "points" to "${view.points}",
        "krw" to "${view.krw}",
        "card" to (view.card?.state ?: "none"),
    )

internal fun told(view: ReceiptView): Fields =
    mapOf(
        "merchant" to view.merchant,
        "points" to "${view.points}",
        "krw" to "${view.krw}",
        "signers" to "${view.verified.signers}",
    )

internal fun told(view: RefundsView): Fields =
    mapOf("count" to "${view.refunds.size}", "refunded" to "${view.refunded}", "left" to "${view.left}")

internal fun told(view: CodeReviewView): Fields =
    mapOf("total" to "${view.total}", "points" to "${view.points}", "seconds" to "${view.seconds}")

internal fun told(view: ShownCodeView): Fields =
    mapOf("payment" to view.paymentId, "state" to view.state, "qr" to view.qr, "barcode" to view.barcode) +
        optional("taken", view.taken) + optional("refused", view.refused?.reason)

internal fun told(view: GiftReviewView): Fields = mapOf("points" to "${view.points}", "points_left" to "${view.pointsLeft}")

internal fun told(link: Link): Fields =
    when (link) {
        is Link.PaymentCode -> mapOf("kind" to "payment-code", "text" to link.text, "usable" to "${link.usable}")
        is Link.GiftCode -> mapOf("kind" to "gift-code", "text" to link.text)
        is Link.ReceiptCode -> mapOf("kind" to "receipt-code", "text" to link.text)
        is Link.Presentation -> mapOf("kind" to "presentation", "text" to link.text)
        is Link.CredentialOffer -> mapOf("kind" to "credential-offer", "text" to link.text)
        is Link.AuthorizationReturn -> mapOf("kind" to "authorization-return", "text" to link.text)
        is Link.Page -> mapOf("kind" to "page", "page" to link.name)
        is Link.Unknown -> mapOf("kind" to "unknown")
    }

/** What the listener has heard; it forgets. */
internal fun heard(ear: ContractListener): Fields {
    val fields = mutableMapOf<String, String>()
    while (true) {
        when (val event = ear.heard.poll() ?: return fields) {
            is WalletEvent.Payment -> fields["payment"] = event.payment.state
            is WalletEvent.Code -> fields["code"] = event.code.state
            is WalletEvent.Vote -> fields["vote"] = event.vote.state
            is WalletEvent.BalanceSynced -> fields["synced"] = "true"
            is WalletEvent.AccountSynced -> Unit
        }
    }
}

/** A refusal's fields. */
internal fun told(error: WalletException): Fields =
    mapOf("code" to error.code(), "ko" to error.text(Language.KOREAN), "en" to error.text(Language.ENGLISH)) + details(error)

private fun details(error: WalletException): Fields =
    when (error) {
        is WalletException.WrongPin -> {
            mapOf("tries_left" to "${error.triesLeft}", "wait_seconds" to "${error.waitSeconds}")
        }

        is WalletException.Offline -> {
            mapOf("can_queue" to "${error.canQueue}")
        }

        is WalletException.Pending -> {
            mapOf("payment" to error.payment)
        }

        is WalletException.Stale -> {
            mapOf("as_of" to "${error.asOf}")
        }

        is WalletException.ClockWrong -> {
            mapOf("by_seconds" to "${error.bySeconds}")
        }

        is WalletException.Unverified -> {
            mapOf("what" to error.what, "origin" to error.origin)
        }

        is WalletException.NotEnough -> {
            mapOf("asked" to told(error.asked), "available" to told(error.available))
        }

        is WalletException.Limit -> {
            mapOf("limit" to told(error.limit), "left" to told(error.left)) + optional("resets", error.resets)
        }

        is WalletException.Refused -> {
            mapOf("by" to error.by, "reason" to error.reason)
        }

        is WalletException.Expired -> {
            mapOf("what" to error.what)
        }

        is WalletException.BadCode -> {
            mapOf("rule" to error.rule, "position" to "${error.position}")
        }

        is WalletException.Fenced -> {
            mapOf("since" to "${error.since}")
        }

        is WalletException.UnknownParty -> {
            mapOf("claims_to_be" to error.claimsToBe)
        }

        is WalletException.NeedsRefresh -> {
            mapOf("height" to "${error.height}")
        }

        is WalletException.Invalid -> {
            mapOf("reason" to error.reason)
        }

        is WalletException.Internal -> {
            mapOf("incident" to error.incident)
        }

        is WalletException.Locked, is WalletException.KeyInvalidated, is WalletException.NeedsRestore, is WalletException.NeedsUpdate,
        is WalletException.StoreBusy, is WalletException.StoreDamaged, is WalletException.StorageFull, is WalletException.Cancelled,
        -> {
            emptyMap()
        }
    }

private fun told(amount: Amount): String =
    when (amount) {
        is Amount.Points -> "${amount.amount} points"
        is Amount.Won -> "${amount.amount} won"
    }
