package kr.citizenwallet.library

import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.channels.BufferOverflow
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableSharedFlow
import kotlinx.coroutines.flow.SharedFlow
import kotlinx.coroutines.flow.asSharedFlow
import kotlinx.coroutines.flow.channelFlow
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.onSubscription
import kotlinx.coroutines.launch
import kr.citizenwallet.ffi.EventListener
import kr.citizenwallet.ffi.WalletEvent

/** What the library tells, and what this app has done itself (nothing is said of what). */
internal class News : EventListener {
    // The library tells on a thread of its own and does not wait: who reads slowly misses the oldest.
    private val told = MutableSharedFlow<WalletEvent?>(extraBufferCapacity = KEPT, onBufferOverflow = BufferOverflow.DROP_OLDEST)

    val items: SharedFlow<WalletEvent?> = told.asSharedFlow()

    override fun onEvent(event: WalletEvent) {
        told.tryEmit(event)
    }

    /** This app has done something. */
    fun changed() {
        told.tryEmit(null)
    }

    /** A value now, and again after every piece of news, if it is another one. */
    fun <T> watch(read: suspend () -> T): Flow<T> =
        items
            .onSubscription { emit(null) }
            .conflate()
            .map { read() }
            .distinctUntilChanged()

    /** The [first] value, what is told of it from then on, and the end, to which [follow] goes. */
    fun <T : Any> follow(
        first: suspend () -> T,
        tells: (WalletEvent) -> T?,
        follow: suspend () -> T,
    ): Flow<T> =
        channelFlow {
            send(first())
            val listening = launch(start = CoroutineStart.UNDISPATCHED) { items.collect { news -> news?.let(tells)?.let { send(it) } } }
            val end = follow()
            listening.cancelAndJoin()
            send(end)
        }.distinctUntilChanged()

    private companion object {
        const val KEPT = 256
    }
}
