package kr.citizenwallet.sample

import kotlinx.coroutines.flow.last
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.runBlocking
import kr.citizenwallet.CitizenWallet
import kr.citizenwallet.City
import kr.citizenwallet.FileKeys
import kr.citizenwallet.Points
import kr.citizenwallet.WalletConfig
import kr.citizenwallet.Won
import kr.citizenwallet.exactly
import kr.citizenwallet.ffi.Language
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.view.BalanceView
import kr.citizenwallet.isCaptured
import kr.citizenwallet.points
import kr.citizenwallet.scan
import kr.citizenwallet.secretOf
import kr.citizenwallet.verifyReceipt
import kr.citizenwallet.won
import java.io.File
import kotlin.system.exitProcess

internal val language = Language.KOREAN

/** Pays a picture of a code in a sandbox city: `Main CITY_URL TRUST_FILE PICTURE FOLDER`. See the README beside this folder. */
fun main(arguments: Array<String>) {
    if (arguments.size != 4) {
        System.err.println("usage: CITY_URL TRUST_FILE PICTURE FOLDER")
        exitProcess(64)
    }
    val config = configOf(arguments[0], trustFile = File(arguments[1]), folder = File(arguments[3]))
    orRefused { pay(config, picture = File(arguments[2])) }
}

/** A wallet in a folder. On a phone: PlatformKeys(AndroidKeystore(…)). */
internal fun configOf(
    url: String,
    trustFile: File,
    folder: File,
): WalletConfig {
    folder.mkdirs()
    return WalletConfig(File(folder, "citizen.wallet"), FileKeys(File(folder, "keys")), City(url, trustFile.readText()))
}

/** What the wallet refuses is said, with its code. */
internal fun orRefused(work: suspend () -> Unit) {
    try {
        runBlocking { work() }
    } catch (refused: WalletException) {
        System.err.println("${refused.code()}: ${refused.text(language)}")
        exitProcess(2)
    }
}

private suspend fun pay(
    config: WalletConfig,
    picture: File,
) = wallet(config).use { wallet ->
    tell("잔액", wallet.balance())

    val code = wallet.scan(picture.readBytes())
    val review = wallet.reviewPayment(code, amount = 12_000.won, coins = 5_000.points.exactly)
    println("결제할 내용: ${review.view.spoken.ko}")

    // Here the citizen would be asked. Nothing has happened yet.
    val payment = review.approve()
    val end = payment.states.onEach { println("  ${it.text.ko}") }.last()
    check(end.isCaptured) { "not paid: ${end.state}" }

    val receipt = payment.receipt()
    val shown = verifyReceipt(receipt.file, wallet.trustFile(), config)
    println("영수증: ${shown.merchant}, 블록 ${shown.verified.height}, 서명 ${shown.verified.signers}/${shown.verified.validators}")
    tell("남은 잔액", wallet.balance())
    wallet.release()
}

/** The wallet of the folder; the first time a new one, with an account, a bank and points. */
internal suspend fun wallet(config: WalletConfig): CitizenWallet {
    val pin = secretOf(System.getenv("WALLET_PIN")?.toCharArray() ?: "294857".toCharArray())
    if (config.store.exists()) return pin.use { CitizenWallet.open(config, it) }
    val wallet = pin.use { CitizenWallet.create(config, it) }
    // The citizen writes this code down and types it again.
    wallet.generateRecoveryCode().use { wallet.openAccount(it) }
    wallet.enrol("김하나")
    wallet.earn("eco", "eco-2026-h1")
    return wallet
}

private fun tell(
    what: String,
    balance: BalanceView,
) {
    val points = Points(balance.points.points).text(language)
    val won = balance.won?.let { Won(it.krw).text(language) } ?: "-"
    println("$what: $points, $won (블록 ${balance.points.verified.height}, 이 전화가 검증함)")
}
