package kr.citizenwallet.android

import android.content.Context
import kr.citizenwallet.City
import kr.citizenwallet.PlatformKeys
import kr.citizenwallet.WalletConfig
import kr.citizenwallet.ffi.Clock
import kr.citizenwallet.ffi.Connections
import kr.citizenwallet.ffi.Transport
import java.io.File
import kotlin.time.Duration

/**
 * A wallet of this phone: its keys in hardware, its store where no cloud backup takes it.
 *
 * @param city needed to create a wallet, later only if it has moved.
 * @param transport the app's own HTTP stack; it then brings [connections] too, without which ballots stay in the outbox.
 * @param clock the app's own clock; without one the system's is used.
 * @param autoLock how long without an act of the citizen until the wallet locks itself; five minutes if nothing is said.
 * @param mayInsist whether the app's policy lets her insist on showing something to whom the registry does not have.
 * @param returnAddress where a browser comes back to from an issuer's page: the app's own link, which `assetlinks.json` on its host gives
 * to this app alone.
 * @param clientId how the app is called as a client of OAuth, as its issuers have registered it.
 */
public fun WalletConfig(
    context: Context,
    finger: Finger,
    city: City? = null,
    transport: Transport? = null,
    attestationChallenge: ByteArray? = null,
    clock: Clock? = null,
    autoLock: Duration? = null,
    connections: Connections? = null,
    mayInsist: Boolean = false,
    returnAddress: String? = null,
    clientId: String? = null,
): WalletConfig =
    WalletConfig(
        store = File(context.noBackupFilesDir, "citizen.wallet"),
        keys = PlatformKeys(AndroidKeystore(context, finger, attestationChallenge)),
        city = city,
        transport = transport,
        clock = clock,
        autoLock = autoLock,
        connections = connections,
        mayInsist = mayInsist,
        returnAddress = returnAddress,
        clientId = clientId,
    )
