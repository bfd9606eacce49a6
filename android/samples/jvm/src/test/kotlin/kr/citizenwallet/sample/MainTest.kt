package kr.citizenwallet.sample

import kr.citizenwallet.town.Programs
import java.io.File
import java.nio.file.Files
import java.util.concurrent.TimeUnit
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

/** The program as a newcomer runs it, twice on one folder, against a city of its own. */
class MainTest {
    private val folder = Files.createTempDirectory("sample").toFile()
    private val data = File(folder, "city")

    @Test
    fun `it pays the sandbox city's code, and again the next time`() {
        val log = File(folder, "city.log")
        val city = Programs.start("city", "up", "--data", data.path, saysTo = log)
        try {
            val url = generateSequence { Thread.sleep(20) }.firstNotNullOf { ADDRESS.find(log.readText())?.value }
            val first = run(url)
            assertTrue("5,000포인트, 93,000원" in first, first)
            assertTrue("서명 4/4" in first, first)
            // The points are gone to zero, the won go on.
            assertTrue("0포인트, 86,000원" in run(url))
        } finally {
            city.destroy()
            city.waitFor(30, TimeUnit.SECONDS)
            folder.deleteRecursively()
        }
    }

    private fun run(url: String): String {
        val picture = File(data, "codes/static-photo.jpg").path
        val trust = File(data, "city.json").path
        val process = Programs.startJava("kr.citizenwallet.sample.MainKt", url, trust, picture, File(folder, "wallet").path)
        val said = process.inputReader(Charsets.UTF_8).readText()
        assertEquals(0, process.waitFor(), said)
        return said
    }

    private companion object {
        val ADDRESS = Regex("http://127\\.0\\.0\\.1:\\d+/")
    }
}
