package kr.citizenwallet.sample

import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.compose.material3.MaterialTheme
import kr.citizenwallet.android.BiometricFinger
import kr.citizenwallet.android.WalletConfig

/** The one activity. It keeps no wallet: that is the [Session]'s, which outlives a turn of the screen. */
class MainActivity : ComponentActivity() {
    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        front = this
        val finger = BiometricFinger(title = "결제 확인", cancel = "취소") { front }
        Session.begin(WalletConfig(applicationContext, finger, Sandbox.city))
        setContent { MaterialTheme { WalletScreens(Session.screens) } }
    }

    override fun onStart() {
        super.onStart()
        front = this
        Session.cameBack()
    }

    override fun onStop() {
        if (front === this) front = null
        super.onStop()
    }

    private companion object {
        /** The activity in front, for the system's prompt. */
        var front: MainActivity? = null
    }
}
