package kr.citizenwallet.contract

import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.withTimeoutOrNull
import kr.citizenwallet.City
import kr.citizenwallet.ffi.CancelToken
import kr.citizenwallet.ffi.TrustSource
import kr.citizenwallet.ffi.WalletException
import java.io.File
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

/** Why a case is not kept. */
internal class Fault(
    what: String,
    cause: Throwable? = null,
) : Exception(what, cause)

/** What a call came to. */
internal sealed interface Outcome {
    data class Done(
        val fields: Fields,
    ) : Outcome

    data class Refused(
        val error: WalletException,
    ) : Outcome
}

/** How a step is played: its arguments filled in, its result held against what is expected, kept where it says so. */
internal class Cast(
    val folder: File,
    val city: City,
    kept: Fields = emptyMap(),
) {
    val phones = mutableMapOf<String, ContractPhone>()
    val kept = kept.toMutableMap()

    /** The text of the city's trust file. */
    val trustFile get() = (city.trust as TrustSource.File).json

    fun phone(name: String) = phones.getOrPut(name) { ContractPhone(folder, name) }

    suspend fun play(
        step: Step,
        stage: Stage?,
    ) {
        val with = filled(step.with)
        val expect = filled(step.expect)
        if (step.steps.isNotEmpty() && step.word != KILLING) throw Fault("steps belong to $KILLING")
        val outcome =
            when {
                stage != null && step.word.startsWith("city.") -> Outcome.Done(stage.step(step.word, with))
                step.word == KILLING -> Outcome.Done(killed(step, with)).also { phone(step.phone).parts.keystore.reopen() }
                else -> act(step, With(with))
            }
        val result = judged(step, outcome)
        for ((name, value) in expect) {
            if (result[name] != value) throw Fault("$name is ${result[name]} where $value was expected; $result")
        }
        for ((name, field) in step.save) kept[name] = result[field] ?: throw Fault("no $field to keep; $result")
    }

    private suspend fun act(
        step: Step,
        with: With,
    ): Outcome {
        val phone = phone(step.phone)
        val outcome =
            if (step.cancel == null) {
                within(PATIENCE, "it takes too long") { outcome { speak(this, phone, step.word, with) } }
            } else {
                stopped(phone.waiting, step.cancel) { token -> outcome { speakOrStop(this, phone, step.word, with, token) } }
            }
        with.allWereUsed()
        return outcome
    }

    /** Starts a call, stops it when somebody is asked who does not answer, and sees to it that nobody waits any more. */
    private suspend fun stopped(
        waiting: Waiting,
        by: Cancel,
        call: suspend (CancelToken?) -> Outcome,
    ): Outcome =
        coroutineScope {
            CancelToken().use { token ->
                val calling = async(Dispatchers.Default) { call(token.takeIf { by == Cancel.TOKEN }) }
                asked(waiting.begun, calling)
                val outcome =
                    if (by == Cancel.TOKEN) {
                        token.cancel()
                        within(AT_ONCE, "it does not stop") { calling.await() }
                    } else {
                        within(AT_ONCE, "it does not stop") { calling.cancelAndJoin() }
                        Outcome.Refused(WalletException.Cancelled())
                    }
                within(AT_ONCE, "who was asked still waits") { waiting.ended.receive() }
                outcome
            }
        }

    private suspend fun asked(
        begun: Channel<Unit>,
        calling: Deferred<Outcome>,
    ) = within(PATIENCE, "nobody is asked") {
        while (begun.tryReceive().isFailure) {
            if (calling.isCompleted) throw Fault("it ended before it could be stopped: ${calling.await()}")
            kotlinx.coroutines.delay(GLANCE)
        }
    }

    private suspend fun outcome(call: suspend () -> Fields): Outcome =
        try {
            Outcome.Done(call())
        } catch (refused: WalletException) {
            Outcome.Refused(refused)
        }

    private fun judged(
        step: Step,
        outcome: Outcome,
    ): Fields =
        when (outcome) {
            is Outcome.Done -> {
                if (step.refused == null) outcome.fields else throw Fault("done, and not refused as ${step.refused}")
            }

            is Outcome.Refused -> {
                if (outcome.error.code() == step.refused) told(outcome.error) else throw Fault("refused: ${told(outcome.error)}")
            }
        }

    /** `$name` stands for what was kept. */
    private fun filled(fields: Fields): Fields =
        fields.mapValues { (_, value) ->
            if (!value.startsWith('$')) return@mapValues value
            kept[value.drop(1)] ?: throw Fault("nothing is kept as ${value.drop(1)}")
        }

    private suspend fun <T : Any> within(
        time: Duration,
        fault: String,
        wait: suspend () -> T,
    ): T = withTimeoutOrNull(time) { wait() } ?: throw Fault(fault)

    private companion object {
        const val KILLING = "app.killed"
        val PATIENCE = 300.seconds
        val AT_ONCE = 60.seconds
        const val GLANCE = 5L
    }
}

/** Plays a whole case in a city of its own. */
internal suspend fun play(
    case: Case,
    folder: File,
) {
    val stage = Stage(File(folder, "city"))
    val cast = Cast(folder, stage.city)
    try {
        case.steps.forEachIndexed { at, step ->
            try {
                cast.play(step, stage)
            } catch (fault: Fault) {
                throw Fault("step ${at + 1}, ${step.word}: ${fault.message}", fault)
            }
        }
    } finally {
        cast.phones.values.forEach { it.wallet?.close() }
        stage.close()
    }
}
