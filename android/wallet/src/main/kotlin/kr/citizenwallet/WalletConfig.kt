package kr.citizenwallet

import kr.citizenwallet.ffi.Clock
import kr.citizenwallet.ffi.Connections
import kr.citizenwallet.ffi.EventListener
import kr.citizenwallet.ffi.Keystore
import kr.citizenwallet.ffi.Platform
import kr.citizenwallet.ffi.Transport
import kr.citizenwallet.ffi.TrustSource
import kr.citizenwallet.ffi.WalletPlace
import java.io.File
import kotlin.time.Duration

/** A city: where it is reached, and from what its ledger is trusted. */
public typealias City = kr.citizenwallet.ffi.CityAddress

/**
 * A city whose trust file, `city.json`, came with the app.
 *
 * @param trustFile the file's text, and not its path: what an Android app reads from its assets.
 */
public fun City(
    url: String,
    trustFile: String,
): City = City(url, TrustSource.File(trustFile))

/**
 * A city whose trust file lies on this machine.
 *
 * @param trustFile `city.json`. It is read here, at once.
 * @throws java.io.IOException if it cannot be read.
 */
public fun City(
    url: String,
    trustFile: File,
): City = City(url, trustFile.readText())

/**
 * All that differs between a phone, a desktop and a test.
 *
 * @property store the store's file. Its folder is there, and no cloud backup takes it.
 * @property keys where the keys are.
 * @property city needed to create a wallet, later only if it has moved.
 * @property transport the app's own HTTP stack; without one the library's is used.
 * @property clock the app's own clock; without one the system's is used.
 * @property autoLock how long without an act of the citizen until the wallet locks itself; five minutes if nothing is said.
 * @property connections where the app brings its own [transport]: a fresh one for each ballot, and for what names an issuer or a verifier,
 * that shares nothing with it. Without them such an app cannot vote, and its gateway can tell which account shows its card to whom.
 * @property mayInsist whether the app's policy lets her insist on showing something to whom the registry does not have.
 * @property returnAddress where a browser comes back to from an issuer's page: the app's own `https` link, or a scheme of its own with a
 * dot in it. Without one an offer that needs the browser is refused: `invalid`, `return-address-missing`.
 * @property clientId how the app is called as a client of OAuth, as its issuers have registered it; `seoul-citizen-wallet` if nothing is
 * said.
 */
public class WalletConfig(
    public val store: File,
    public val keys: Keys,
    public val city: City? = null,
    public val transport: Transport? = null,
    public val clock: Clock? = null,
    public val autoLock: Duration? = null,
    public val connections: Connections? = null,
    public val mayInsist: Boolean = false,
    public val returnAddress: String? = null,
    public val clientId: String? = null,
) {
    internal fun place() = WalletPlace(store.path, city, autoLock?.inWholeSeconds?.toULong(), mayInsist, returnAddress, clientId)

    internal suspend fun platform(listener: EventListener?) = keys.platform(this, listener)
}

/** Where the keys are: [PlatformKeys] on a phone. */
public abstract class Keys internal constructor() {
    internal abstract suspend fun platform(
        config: WalletConfig,
        listener: EventListener?,
    ): Platform
}

/** Keys in the platform's key store. */
public class PlatformKeys(
    private val keystore: Keystore,
) : Keys() {
    override suspend fun platform(
        config: WalletConfig,
        listener: EventListener?,
    ): Platform = config.run { Platform(keystore, transport, clock, listener, connections) }
}
