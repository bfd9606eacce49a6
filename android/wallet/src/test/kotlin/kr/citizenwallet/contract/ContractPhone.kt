package kr.citizenwallet.contract

import kr.citizenwallet.BallotReview
import kr.citizenwallet.CitizenWallet
import kr.citizenwallet.City
import kr.citizenwallet.CodeReview
import kr.citizenwallet.GiftReview
import kr.citizenwallet.OfferReview
import kr.citizenwallet.PaymentReview
import kr.citizenwallet.Poll
import kr.citizenwallet.PresentationReview
import kr.citizenwallet.RegistrationReview
import kr.citizenwallet.ScannedCode
import kr.citizenwallet.Secret
import kr.citizenwallet.WalletConfig
import java.io.File
import kotlin.time.Duration

/** Where the stage's issuer sends a browser back to. */
internal const val BACK = "https://wallet.seoul.example/back"

/** A phone: the app's parts, its files, and what the app has in hand between two steps. */
internal class ContractPhone(
    folder: File,
    name: String,
) {
    val parts = Parts(File(folder, "$name.keys"))
    val waiting = Waiting()
    private val store = File(folder, "$name.wallet")

    var wallet: CitizenWallet? = null
    var recovery: Secret? = null
    var backup: ByteArray? = null
    var scanned: ScannedCode? = null
    var reviewed: PaymentReview? = null
    var showing: CodeReview? = null
    var giving: GiftReview? = null
    var poll: Poll? = null
    var registration: RegistrationReview? = null
    var ballot: BallotReview? = null
    var offer: OfferReview? = null
    var request: PresentationReview? = null
    val receipts = mutableMapOf<String, ByteArray>()

    fun config(
        city: City? = null,
        autoLock: Duration? = null,
        returnAddress: String? = BACK,
    ) = WalletConfig(store, parts, city, autoLock = autoLock, returnAddress = returnAddress)
}

internal fun <T : Any> had(
    thing: T?,
    name: String,
): T = thing ?: throw Fault("no $name")
