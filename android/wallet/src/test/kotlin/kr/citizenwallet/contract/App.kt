package kr.citizenwallet.contract

import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import kr.citizenwallet.City
import kr.citizenwallet.secretOf
import kr.citizenwallet.town.Programs
import java.io.File

/** Plays the steps of `app.killed` in a Java of its own, which dies in their middle; any other end is a fault. */
internal fun Cast.killed(
    step: Step,
    with: Fields,
): Fields {
    if (with.keys != setOf("at", "when")) throw Fault("app.killed takes `at` and `when`, not ${with.keys}")
    // The recovery code lies on paper beside the phone.
    val code = optional("code", phone(step.phone).recovery?.let { String(it.characters()) })
    val texts = mapOf("folder" to folder.path, "url" to city.url, "trust" to trustFile, "phone" to step.phone) + code + with
    val role = JsonObject(texts.json() + mapOf("kept" to kept.json(), "steps" to step.steps))
    val app = Programs.startJava("kr.citizenwallet.contract.AppKt")
    app.outputWriter().use { it.write(role.toString()) }
    val said = app.inputReader().readText()
    if (app.waitFor() != KILLED) throw Fault("the app was not killed but ended with ${app.exitValue()}: $said")
    return emptyMap()
}

/** The app that is killed: it reads its role from its input. */
internal fun main() =
    runBlocking {
        val role = Json.parseToJsonElement(System.`in`.reader().readText()).jsonObject
        val cast = Cast(File(role.text("folder")!!), City(role.text("url")!!, role.text("trust")!!), role.texts("kept"))
        val name = role.text("phone")!!
        cast.phone(name).recovery = role.text("code")?.let { secretOf(it.toCharArray()) }
        val isAfter = if (role.text("when") == "after") true else false.also { require(role.text("when") == "before") }
        cast
            .phone(name)
            .parts.net.weather = kills(role.text("at")!!, isAfter)
        try {
            role.list("steps").map(Step::of).forEach { cast.play(it.copy(phone = name), stage = null) }
        } catch (fault: Fault) {
            println(fault.message)
        }
        Runtime.getRuntime().halt(0)
    }
