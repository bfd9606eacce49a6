package kr.citizenwallet

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kr.citizenwallet.ffi.WalletEvent
import kr.citizenwallet.ffi.preview
import kr.citizenwallet.ffi.view.PreviewState
import kr.citizenwallet.library.News
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/** What happens, and who looks again after it. */
class NewsTest {
    private val news = News()

    @Test
    fun `after a vote or a presentation nobody is asked by name, and what asks nobody is looked at again`() =
        runBlocking<Unit> {
            val (byName, log) = List(2) { Channel<Int>(Channel.UNLIMITED) }
            var (looks, reads) = List(2) { 0 }
            val watching =
                listOf(
                    launch(Dispatchers.Default) { news.watchByName { ++looks }.collect { byName.send(it) } },
                    launch(Dispatchers.Default) { news.watch { ++reads }.collect { log.send(it) } },
                )
            assertEquals(1 to 1, withTimeout(120.seconds) { byName.receive() to log.receive() })
            news.onEvent(WalletEvent.Vote(preview(PreviewState.VOTED).views.poll!!.vote!!))
            assertEquals(2, withTimeout(120.seconds) { log.receive() })
            news.changedQuietly()
            assertEquals(3, withTimeout(120.seconds) { log.receive() })
            delay(50.milliseconds)
            assertTrue(byName.tryReceive().isFailure)
            news.onEvent(WalletEvent.BalanceSynced)
            assertEquals(2, withTimeout(120.seconds) { byName.receive() })
            watching.forEach { it.cancel() }
        }
}
