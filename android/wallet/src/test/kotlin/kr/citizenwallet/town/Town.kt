package kr.citizenwallet.town

import kr.citizenwallet.City
import java.io.File
import java.nio.file.Files
import java.util.concurrent.TimeUnit

/** A real sandbox city in a process of its own, on a folder in which the phones' files lie too. */
internal class Town : AutoCloseable {
    val folder: File = Files.createTempDirectory("town").toFile()
    private val data = File(folder, "city")
    private val said = File(folder, "city.log")
    private val process = Programs.start("city", "up", "--data", data.path, saysTo = said)

    /** The gateway's address. */
    val url: String = address()

    val trustFile: String get() = File(data, "city.json").readText()

    val city: City get() = City(url, trustFile)

    /** A picture of a code, as the city puts it beside its data. */
    fun picture(name: String): ByteArray = File(data, "codes/$name").readBytes()

    fun till(
        name: String,
        latin: String,
    ) = Till(this, name, latin)

    fun trustPath(): String = File(data, "city.json").path

    override fun close() {
        process.destroy()
        process.waitFor(30, TimeUnit.SECONDS)
        folder.deleteRecursively()
    }

    private fun address(): String {
        while (process.isAlive) {
            ADDRESS.find(said.readText())?.let { return it.value }
            Thread.sleep(PATIENCE)
        }
        error("the city did not open: ${said.readText()}")
    }

    companion object {
        private const val PATIENCE = 20L
        private val ADDRESS = Regex("http://127\\.0\\.0\\.1:\\d+/")

        /** One city for all tests that can share it; it ends with the tests. */
        val shared: Town by lazy { Town().also { Runtime.getRuntime().addShutdownHook(Thread(it::close)) } }
    }
}
