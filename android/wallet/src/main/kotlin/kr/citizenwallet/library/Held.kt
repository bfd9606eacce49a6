package kr.citizenwallet.library

import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicLong

/**
 * An object of the library that is handed to its calls, and let go of when it is closed and no call has it any more.
 *
 * The generated code keeps an object alive while one of its own methods runs, but not while it is handed to another's: a closed one would
 * be memory that is not its own any more.
 */
internal class Held<out T : AutoCloseable>(
    private val held: T,
    private val name: String,
) : AutoCloseable {
    /** One for the owner, one for each call. */
    private val hands = AtomicLong(1)
    private val isClosed = AtomicBoolean()

    /** Does something with it; fails if it is closed. */
    inline fun <R> lend(use: (T) -> R): R {
        take()
        try {
            return use(held)
        } finally {
            giveBack()
        }
    }

    override fun close() {
        if (isClosed.compareAndSet(false, true)) giveBack()
    }

    private fun take() {
        check(!isClosed.get() && hands.getAndUpdate { if (it == 0L) 0L else it + 1 } != 0L) { "this $name is closed" }
    }

    private fun giveBack() {
        if (hands.decrementAndGet() == 0L) held.close()
    }
}
