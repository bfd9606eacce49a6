package kr.citizenwallet.contract

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import kr.citizenwallet.City
import kr.citizenwallet.town.Programs
import java.io.File

/** The stage: the city of one case, a program. */
internal class Stage(
    folder: File,
) : AutoCloseable {
    private val process = Programs.start("examples/stage", folder.path)
    private val output = process.inputReader()
    private val input = process.outputWriter()
    val city: City = hear().run { City(getValue("url"), getValue("trust")) }

    /** Hands a step on. */
    fun step(
        word: String,
        with: Fields,
    ): Fields {
        val said = JsonObject(mapOf("do" to JsonPrimitive(word), "with" to with.json()))
        input.appendLine("$said")
        input.flush()
        return hear()
    }

    private fun hear(): Fields {
        val said = Json.parseToJsonElement(checkNotNull(output.readLine()) { "the stage is silent" }).jsonObject
        return if ("ok" in said) said.texts("ok") else throw Fault(said.text("error")!!)
    }

    /** Closes its input, and sees it end well. */
    override fun close() {
        input.close()
        check(process.waitFor() == 0) { "the stage ended badly: ${process.exitValue()}" }
    }
}
