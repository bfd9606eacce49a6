package kr.citizenwallet.android

import android.content.Context
import kr.citizenwallet.City
import kr.citizenwallet.PlatformKeys
import kr.citizenwallet.WalletConfig
import kr.citizenwallet.ffi.Transport
import java.io.File

/**
 * A wallet of this phone: its keys in hardware, its store where no cloud backup takes it.
 *
 * @param city needed to create a wallet, later only if it has moved.
 */
public fun WalletConfig(
    context: Context,
    finger: Finger,
    city: City? = null,
    transport: Transport? = null,
    attestationChallenge: ByteArray? = null,
): WalletConfig =
    WalletConfig(
        store = File(context.noBackupFilesDir, "citizen.wallet"),
        keys = PlatformKeys(AndroidKeystore(context, finger, attestationChallenge)),
        city = city,
        transport = transport,
    )
