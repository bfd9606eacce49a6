package kr.citizenwallet.sample

import android.content.Intent
import android.os.Bundle
import android.view.WindowManager
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.compose.material3.MaterialTheme
import kr.citizenwallet.android.AndroidKeystore
import kr.citizenwallet.android.BiometricFinger
import kr.citizenwallet.android.WalletConfig

/** The one activity. It keeps no wallet: that is the [Session]'s, which outlives a turn of the screen. */
class MainActivity : ComponentActivity() {
    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        // PIN, recovery code and shown codes: in no screenshot, and not in the list of recent apps.
        window.addFlags(WindowManager.LayoutParams.FLAG_SECURE)
        enableEdgeToEdge()
        front = this
        val app = applicationContext
        val finger = BiometricFinger(title = "본인 확인", cancel = "취소") { front }
        val config = WalletConfig(app, finger, Sandbox.city(app), returnAddress = app.getString(R.string.return_address))
        Session.begin(config) { AndroidKeystore.readiness(app, finger.by) }
        setContent { MaterialTheme { WalletScreens(Session.screens, Session.busy) } }
        // A turn of the screen brings the same link once more: it was read.
        if (savedInstanceState == null) follow(intent)
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        setIntent(intent)
        follow(intent)
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

    private fun follow(intent: Intent) {
        if (intent.action == Intent.ACTION_VIEW) intent.dataString?.let(Session::linked)
    }

    private companion object {
        /** The activity in front, for the system's prompt. */
        var front: MainActivity? = null
    }
}
