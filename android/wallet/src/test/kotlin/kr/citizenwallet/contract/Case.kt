package kr.citizenwallet.contract

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.io.File

/** Texts by name: arguments, expectations, results. */
internal typealias Fields = Map<String, String>

/** A case as it stands in its file. A field that is not known here is an error. */
internal data class Case(
    val name: String,
    val promise: String,
    val steps: List<Step>,
) {
    companion object {
        fun read(text: String): Case =
            Json.parseToJsonElement(text).only("name", "promise", "steps").run {
                Case(text("name")!!, text("promise")!!, list("steps").map(Step::of))
            }

        /** Every case there is, by its file. */
        fun all(folder: File): Map<File, Case> =
            folder
                .listFiles { file -> file.extension == "json" }!!
                .sorted()
                .associateWith { read(it.readText()) }
    }
}

/** By what a call is stopped. */
internal enum class Cancel { TOKEN, LANGUAGE }

/** A step of a case. */
internal data class Step(
    val word: String,
    val phone: String,
    val with: Fields,
    val refused: String?,
    val expect: Fields,
    val save: Fields,
    val cancel: Cancel?,
    val steps: JsonArray,
) {
    companion object {
        fun of(element: JsonElement): Step =
            element.only("do", "phone", "with", "refused", "expect", "save", "cancel", "steps").run {
                Step(
                    word = text("do")!!,
                    phone = text("phone") ?: "hana",
                    with = texts("with"),
                    refused = text("refused"),
                    expect = texts("expect"),
                    save = texts("save"),
                    cancel = text("cancel")?.let { Cancel.valueOf(it.uppercase()) },
                    steps = list("steps"),
                )
            }
    }
}

/** The texts of an object. */
internal fun JsonObject.texts(name: String): Fields = get(name)?.jsonObject?.mapValues { it.value.string() }.orEmpty()

/** A text of an object. */
internal fun JsonObject.text(name: String): String? = get(name)?.string()

internal fun JsonObject.list(name: String): JsonArray = get(name)?.jsonArray ?: JsonArray(emptyList())

internal fun Fields.json(): JsonObject = JsonObject(mapValues { JsonPrimitive(it.value) })

private fun JsonElement.string() = jsonPrimitive.also { require(it.isString) { "$it is no text" } }.content

private fun JsonElement.only(vararg known: String) =
    jsonObject.also { require(it.keys.all(known::contains)) { "unknown among ${it.keys}" } }
