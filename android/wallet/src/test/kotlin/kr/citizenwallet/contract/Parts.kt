package kr.citizenwallet.contract

import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kr.citizenwallet.Keys
import kr.citizenwallet.WalletConfig
import kr.citizenwallet.ffi.Clock
import kr.citizenwallet.ffi.Connections
import kr.citizenwallet.ffi.EventListener
import kr.citizenwallet.ffi.HttpRequest
import kr.citizenwallet.ffi.HttpResponse
import kr.citizenwallet.ffi.KeyFile
import kr.citizenwallet.ffi.KeyPurpose
import kr.citizenwallet.ffi.Keystore
import kr.citizenwallet.ffi.Platform
import kr.citizenwallet.ffi.SigningReason
import kr.citizenwallet.ffi.Transport
import kr.citizenwallet.ffi.TransportException
import kr.citizenwallet.ffi.WalletEvent
import kr.citizenwallet.town.TestTransport
import java.io.File
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.atomic.AtomicInteger

/** The status of a process that was killed on purpose. */
internal const val KILLED = 86

/** Who waits in vain, and whether it was let go of. */
internal class Waiting {
    val begun = Channel<Unit>(Channel.CONFLATED)
    val ended = Channel<Unit>(Channel.CONFLATED)

    suspend fun forever(): Nothing {
        begun.trySend(Unit)
        try {
            awaitCancellation()
        } finally {
            ended.trySend(Unit)
        }
    }
}

/** What a part throws that its interface does not declare. */
internal class Undeclared : Exception("undeclared")

/** The app's key store: it hands on to keys in a file. */
internal class ContractKeystore(
    private val path: File,
) : Keystore {
    @Volatile
    var mood: suspend () -> Unit = {}

    /** What it was told last that a signature is for. */
    @Volatile
    var reason: SigningReason? = null
    private val opening = Mutex()
    private var file: KeyFile? = null

    /** As an app has it that starts again: what another process has put into the file is in it. */
    suspend fun reopen(): Unit = opening.withLock { file = null }

    override suspend fun createKey(
        alias: String,
        purpose: KeyPurpose,
    ) = asked().createKey(alias, purpose)

    override suspend fun publicKey(alias: String) = asked().publicKey(alias)

    override suspend fun sign(
        alias: String,
        message: ByteArray,
        reason: SigningReason,
    ): ByteArray {
        this.reason = reason
        return asked().sign(alias, message)
    }

    override suspend fun wrap(
        alias: String,
        plain: ByteArray,
    ) = asked().wrap(alias, plain)

    override suspend fun unwrap(
        alias: String,
        wrapped: ByteArray,
    ) = asked().unwrap(alias, wrapped)

    override suspend fun delete(alias: String) = asked().delete(alias)

    override suspend fun attest(
        alias: String,
        challenge: ByteArray,
    ) = asked().attest(alias, challenge)

    private suspend fun asked(): KeyFile {
        mood()
        return opening.withLock { file ?: KeyFile.open(path.path).also { file = it } }
    }
}

/** What the app's HTTP stack does with a request that it can send. */
internal typealias Weather = suspend (HttpRequest, suspend () -> HttpResponse) -> HttpResponse

internal val fair: Weather = { _, send -> send() }

internal fun loses(path: String): Weather =
    { request, send ->
        send().also { if (isAt(request.url, path)) throw TransportException.Broken() }
    }

/** Whether an address ends so; where a name that nobody knows comes last, whether it has this before. */
private fun isAt(
    url: String,
    at: String,
) = url.endsWith(at) || (at.endsWith('/') && at in url)

/** Answers come without their headers. */
internal val bare: Weather = { _, send -> send().copy(headers = emptyList()) }

/** The process ends at a request to an address. */
internal fun kills(
    at: String,
    isAfter: Boolean,
): Weather =
    { request, send ->
        if (isAt(request.url, at)) {
            if (isAfter) send()
            Runtime.getRuntime().halt(KILLED)
        }
        send()
    }

/** Connections that share nothing: an HTTP stack each, in the same weather. */
internal class ContractConnections(
    private val net: TestTransport,
) : Connections {
    val opened = AtomicInteger()

    override fun fresh(): Transport {
        opened.incrementAndGet()
        return TestTransport().also { it.weather = { request, send -> net.weather(request, send) } }
    }
}

/** A clock that goes ahead, or throws. */
internal class ContractClock : Clock {
    @Volatile
    var aheadSeconds = 0UL

    @Volatile
    var isStrange = false

    override fun now(): ULong {
        if (isStrange) throw Undeclared()
        return (System.currentTimeMillis() / MILLISECONDS).toULong() + aheadSeconds
    }

    private companion object {
        const val MILLISECONDS = 1_000
    }
}

/** A listener that remembers, and then throws if it is told to. */
internal class ContractListener {
    val heard = ConcurrentLinkedQueue<WalletEvent>()

    @Volatile
    var isStrange = false

    fun onEvent(event: WalletEvent) {
        heard += event
        if (isStrange) throw Undeclared()
    }
}

/** All the app's parts, put into a wallet beside the wrapper's own listener. */
internal class Parts(
    keys: File,
) : Keys() {
    val keystore = ContractKeystore(keys)
    val net = TestTransport()
    val lines = ContractConnections(net)
    val clock = ContractClock()
    val ear = ContractListener()

    override suspend fun platform(
        config: WalletConfig,
        listener: EventListener?,
    ): Platform = Platform(keystore, net, clock, Both(listener), lines)

    private inner class Both(
        private val wrapper: EventListener?,
    ) : EventListener {
        override fun onEvent(event: WalletEvent) {
            wrapper?.onEvent(event)
            ear.onEvent(event)
        }
    }
}
