package kr.citizenwallet.town

import kr.citizenwallet.CitizenWallet
import kr.citizenwallet.Payment
import kr.citizenwallet.PlatformKeys
import kr.citizenwallet.Points
import kr.citizenwallet.WalletConfig
import kr.citizenwallet.Won
import kr.citizenwallet.exactly
import kr.citizenwallet.ffi.Clock
import kr.citizenwallet.scan
import kr.citizenwallet.secretOf
import java.io.File

internal const val PIN = "294857"

/** A phone: the app's own parts, and where the wallet lies. */
internal class Phone(
    private val town: Town,
    name: String,
) {
    val keystore = TestKeystore()
    val transport = TestTransport()
    var clock: Clock? = null
    private val store = File(town.folder, "$name.wallet")

    val config get() = WalletConfig(store, PlatformKeys(keystore), town.city, transport, clock)

    suspend fun create(): CitizenWallet = pin().use { CitizenWallet.create(config, it) }

    suspend fun open(): CitizenWallet = CitizenWallet.open(config)

    suspend fun unlocked(): CitizenWallet = pin().use { CitizenWallet.open(config, it) }

    /** A wallet with an account, a bank, and 10,000 points. */
    suspend fun setUp(citizen: String): CitizenWallet {
        val wallet = create()
        wallet.generateRecoveryCode().use { wallet.openAccount(it) }
        wallet.enrol(citizen)
        wallet.earn("eco", "eco-2026-h1")
        return wallet
    }

    suspend fun approve(
        wallet: CitizenWallet,
        amount: Won,
        points: Points,
    ): Payment = wallet.scan(town.bakery()).use { code -> wallet.reviewPayment(code, amount, points.exactly).use { it.approve() } }
}

/** A phone of this name in the town that tests share. */
internal fun phone(name: String) = Phone(Town.shared, name)

internal fun Town.bakery() = picture("static-straight.png")

internal fun pin(text: String = PIN) = secretOf(text.toCharArray())

/** Points, and won by the bank's word. */
internal suspend fun CitizenWallet.funds(): Pair<Int, Int> = balance().run { points.points.toInt() to won!!.krw.toInt() }
