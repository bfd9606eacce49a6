package kr.citizenwallet.contract

import kotlinx.coroutines.delay
import kr.citizenwallet.CitizenWallet
import kr.citizenwallet.Identity
import kr.citizenwallet.Secret
import kr.citizenwallet.ffi.view.EnrolmentView
import kr.citizenwallet.ffi.view.RecoveryView
import kotlin.time.Duration.Companion.milliseconds

/** Between two questions of a word that asks until something has come about. */
private val pause = 300.milliseconds

/** Does what a word of a recovery by officers says; nothing if it is none. */
internal suspend fun recover(
    phone: ContractPhone,
    wallet: CitizenWallet,
    word: String,
    with: With,
): Fields? =
    when (word) {
        "enrol-recovery" -> told(wallet.enrolRecovery(identity(with)))
        "recovery-code" -> emptyMap<String, String>().also { newCode(phone, wallet) }
        "recover-by-office" -> told(wallet.recoverByOffice(identity(with), newCode(phone, wallet)))
        "recovery" -> told(wallet.recovery())
        "follow-recovery" -> told(wallet.followRecovery())
        "await-recovery" -> told(awaitRecovery(wallet, with.text("state")))
        "uphold-recovery" -> told(wallet.upholdRecovery())
        "complete-recovery" -> told(wallet.completeRecovery(had(phone.recovery, "recovery code")))
        "report-loss" -> mapOf("revoked" to "${wallet.reportLoss(identity(with)).revoked}")
        "dismiss-recovery" -> told(wallet.dismissRecovery(identity(with)))
        else -> null
    }

internal fun identity(with: With) = Identity(with.text("number"), with.text("name"), with.text("birth_date"))

/** The code that is on paper before anybody is asked; the same if she asks again. */
private suspend fun newCode(
    phone: ContractPhone,
    wallet: CitizenWallet,
): Secret = phone.recovery ?: wallet.generateRecoveryCode().also { phone.recovery = it }

private suspend fun awaitRecovery(
    wallet: CitizenWallet,
    state: String,
): RecoveryView {
    while (true) {
        val view = wallet.recovery()
        if (view.state == state) return view
        delay(pause)
    }
}

private fun told(view: EnrolmentView): Fields =
    mapOf("enrolled" to "${view.enrolled}", "needed" to "${view.needed}", "officers" to "${view.officers}")

private fun told(view: RecoveryView): Fields =
    mapOf(
        "state" to view.state,
        "approved" to "${view.approved}",
        "needed" to "${view.needed}",
        "officers" to "${view.officers}",
        "can_complete" to "${view.canComplete}",
        "signers" to "${view.verified.signers}",
    ) + optional("account", view.account)
