package kr.citizenwallet.readme

import android.app.Activity
import android.content.Context
import kr.citizenwallet.CitizenWallet
import kr.citizenwallet.City
import kr.citizenwallet.Secret
import kr.citizenwallet.android.BiometricFinger
import kr.citizenwallet.android.WalletConfig

/** The pieces of Kotlin in `android/README.md` that only Android compiles. */
internal class AndroidSnippets(
    private val activity: Activity?,
) {
    suspend fun make(
        context: Context,
        url: String,
        trustFile: String,
        pin: Secret,
    ): CitizenWallet {
        // snippet: android
        // trustFile: city.json from the app's assets, never from the server
        val finger = BiometricFinger(title = "결제 확인", cancel = "취소") { activity }
        val config = WalletConfig(context, finger, City(url, trustFile)) // keys in hardware, the store out of backups
        val wallet = CitizenWallet.create(config, pin) // later: CitizenWallet.open(config, pin)
        // end
        return wallet
    }
}
