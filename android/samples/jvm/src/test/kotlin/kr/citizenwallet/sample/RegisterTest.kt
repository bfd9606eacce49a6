package kr.citizenwallet.sample

import kr.citizenwallet.town.Programs
import java.io.BufferedReader
import java.io.File
import java.nio.file.Files
import java.util.concurrent.TimeUnit
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

/** The program that registers, with a citizen card, against a city with a poll whose roll knows her by that. */
class RegisterTest {
    private val folder = Files.createTempDirectory("register").toFile()

    @Test
    fun `it says who asks for what, and shows the card when she has approved it`() {
        val stage = Programs.start("examples/stage", File(folder, "city").path)
        try {
            val (said, asked) = stage.inputReader() to stage.outputWriter()
            val ask = { step: String ->
                asked.appendLine(step)
                asked.flush()
                said.answer()
            }
            val city = said.answer()
            val trust = File(folder, "city/city.json")
            val offer = ask("""{"do": "city.offer", "with": {"credential": "citizen-card"}}""")
            val poll = ask("""{"do": "city.poll", "with": {"resident": "SB-1001", "seconds": "60"}}""").text("poll")

            val common = listOf(city.text("url"), trust.path, File(folder, "wallet").path, poll)
            val declined = run(common + listOf(offer.text("link"), offer.text("code")), answer = "n")
            assertTrue("보여 줄 항목: voter" in declined, declined)
            assertEquals(3, Regex("^  .+: .+$", RegexOption.MULTILINE).findAll(declined).count(), declined)
            assertTrue(declined.trimEnd().endsWith("아무것도 보여 주지 않았습니다."), declined)
            val registered = run(common, answer = "y")
            assertTrue("보여 줄 항목: voter" in registered, registered)
            assertEquals(3, Regex("확인해 주었습니다").findAll(registered).count(), registered)
        } finally {
            stage.outputStream.close()
            if (!stage.waitFor(2, TimeUnit.MINUTES)) stage.destroy()
            folder.deleteRecursively()
        }
    }

    private fun run(
        arguments: List<String>,
        answer: String,
    ): String {
        val process = Programs.startJava("kr.citizenwallet.sample.RegisterKt", *arguments.toTypedArray())
        process.outputWriter().use { it.appendLine(answer) }
        val said = process.inputReader(Charsets.UTF_8).readText()
        assertEquals(0, process.waitFor(), said)
        return said
    }

    private fun BufferedReader.answer(): String = checkNotNull(readLine()).also { check(it.startsWith("{\"ok\"")) { it } }

    /** A text of an answer, as it stands in its JSON. */
    private fun String.text(name: String): String =
        checkNotNull(Regex("\"$name\":\"((?:[^\"\\\\]|\\\\.)*)\"").find(this)) { this }.groupValues[1]
}
