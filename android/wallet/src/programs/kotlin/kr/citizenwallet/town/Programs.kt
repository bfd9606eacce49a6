package kr.citizenwallet.town

import java.io.File
import java.util.concurrent.TimeUnit

/** The programs that cargo built, and Java's own: for the tests of the wallet and of the samples. */
internal object Programs {
    private val folder = File(property("citizenwallet.programs"))

    /** The root of the repository. */
    val root = File(property("citizenwallet.root"))

    fun start(
        name: String,
        vararg arguments: String,
        saysTo: File? = null,
    ): Process {
        val program = File(folder, name)
        check(program.canExecute()) { "$program is missing: run `cargo xtask bindings`, which builds it" }
        val builder = ProcessBuilder(program.path, *arguments).redirectError(ProcessBuilder.Redirect.INHERIT)
        saysTo?.let(builder::redirectOutput)
        return builder.start().also(::endWithUs)
    }

    /** Starts a `main` of this class path in a Java of its own. */
    fun startJava(
        main: String,
        vararg arguments: String,
    ): Process {
        val java =
            ProcessHandle
                .current()
                .info()
                .command()
                .get()
        val libraries = "-Djna.library.path=${property("jna.library.path")}"
        val classes = System.getProperty("surefire.test.class.path") ?: property("java.class.path")
        val command = listOf(java, libraries, "-cp", classes, main, *arguments)
        return ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start().also(::endWithUs)
    }

    private fun endWithUs(process: Process) = Runtime.getRuntime().addShutdownHook(Thread { process.destroy() })

    private fun property(name: String) = checkNotNull(System.getProperty(name)) { "run by Maven: $name is not set" }
}

/** What a program printed, when it has ended well. */
internal fun Process.answer(): String {
    val answer = inputStream.bufferedReader().readText()
    check(waitFor(15, TimeUnit.MINUTES) && exitValue() == 0) { "ended with ${exitValue()}: $answer" }
    return answer
}
