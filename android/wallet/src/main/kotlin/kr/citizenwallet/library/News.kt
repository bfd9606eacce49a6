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
import kotlinx.coroutines.flow.filter
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.onSubscription
import kotlinx.coroutines.launch
import kr.citizenwallet.ffi.EventListener
import kr.citizenwallet.ffi.WalletEvent

/** What the library tells, and what this app has done itself (nothing is said of what). */
internal class News : EventListener {
    /**
     * A piece of it.
     *
     * @property event what the library tells; nothing of what this app has done itself.
     * @property isQuiet whether nobody may be asked by name right after it.
     */
    data class Item(
        val event: WalletEvent?,
        val isQuiet: Boolean = event is WalletEvent.Vote,
    )

    // The library tells on a thread of its own and does not wait: who reads slowly misses the oldest.
    private val told = MutableSharedFlow<Item>(extraBufferCapacity = KEPT, onBufferOverflow = BufferOverflow.DROP_OLDEST)

    val items: SharedFlow<Item> = told.asSharedFlow()

    override fun onEvent(event: WalletEvent) {
        told.tryEmit(Item(event))
    }

    /** This app has done something. */
    fun changed() {
        told.tryEmit(Item(event = null))
    }

    /** This app has done something in a poll or with credentials. */
    fun changedQuietly() {
        told.tryEmit(Item(event = null, isQuiet = true))
    }

    /** A value now, and again after every piece of news, if it is another one. */
    fun <T> watch(read: suspend () -> T): Flow<T> = watch({ true }, read)

    /**
     * The same of what the city is asked about by name. Not after a vote, a registration or a presentation: a question that follows each
     * at once would tell the gateway whose it is.
     */
    fun <T> watchByName(read: suspend () -> T): Flow<T> = watch({ !it.isQuiet }, read)

    private fun <T> watch(
        matters: (Item) -> Boolean,
        read: suspend () -> T,
    ): Flow<T> =
        items
            .onSubscription { emit(Item(event = null)) }
            .filter(matters)
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
            val listening =
                launch(start = CoroutineStart.UNDISPATCHED) {
                    items.collect { news ->
                        news.event?.let(tells)?.let { send(it) }
                    }
                }
            val end = follow()
            listening.cancelAndJoin()
            send(end)
        }.distinctUntilChanged()

    private companion object {
        const val KEPT = 256
    }
}
