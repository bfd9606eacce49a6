package kr.citizenwallet.readme

import android.app.Activity
import android.content.Context
import kr.citizenwallet.CitizenWallet
import kr.citizenwallet.City
import kr.citizenwallet.Secret
import kr.citizenwallet.android.AndroidKeystore
import kr.citizenwallet.android.BiometricFinger
import kr.citizenwallet.android.Finger
import kr.citizenwallet.android.KeystoreReadiness
import kr.citizenwallet.android.WalletConfig

/** The pieces of Kotlin in `android/README.md` that only Android compiles. */
internal class AndroidSnippets(
    private val activity: Activity?,
) {
    suspend fun make(
        context: Context,
        url: String,
        pin: Secret,
    ): CitizenWallet {
        // snippet: android
        val trustFile = context.assets.open("city.json").use { it.reader().readText() } // came with the app, never from the server
        val finger = BiometricFinger(title = "본인 확인", cancel = "취소") { activity } // beside the finger it says what for
        val config = WalletConfig(context, finger, City(url, trustFile)) // keys in hardware, the store out of backups
        val wallet = CitizenWallet.create(config, pin) // later: CitizenWallet.open(config, pin)
        // end
        return wallet
    }

    fun lacking(
        context: Context,
        finger: Finger,
    ): String? {
        // snippet: readiness
        val what =
            when (AndroidKeystore.readiness(context, finger.by)) {
                KeystoreReadiness.READY -> null
                KeystoreReadiness.NO_SCREEN_LOCK -> "화면 잠금을 먼저 설정해 주세요."
                KeystoreReadiness.NO_FINGER -> "지문이나 얼굴을 먼저 등록해 주세요."
                KeystoreReadiness.NO_HARDWARE -> "이 휴대전화에는 지문이나 얼굴을 확인하는 장치가 없습니다."
                KeystoreReadiness.NOT_NOW -> "잠시 뒤에 다시 해 주세요."
            }
        // end
        return what
    }
}
