package kr.citizenwallet.contract

import kotlinx.coroutines.runBlocking
import kr.citizenwallet.town.Programs
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.parallel.Execution
import org.junit.jupiter.api.parallel.ExecutionMode
import java.io.File
import java.nio.file.Files
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFails
import kotlin.test.assertTrue

/** What the wallet promises an app in every language, case by case of `bindings/contract`; and this runner itself is shown to fail. */
class ContractTest {
    @TestFactory
    @Execution(ExecutionMode.CONCURRENT)
    fun `every case is kept`(): List<DynamicTest> {
        val cases = Case.all(File(Programs.root, "bindings/contract/cases"))
        assertTrue(cases.size >= FEWEST, "${cases.size} cases")
        return cases.map { (file, case) ->
            dynamicTest("${case.name}: ${case.promise}") {
                assertEquals(file.nameWithoutExtension, case.name)
                kept(case)
            }
        }
    }

    @Test
    fun `what a runner does not know or does not find fails the case`() {
        val faults =
            mapOf(
                """{"do": "dance"}""" to "no such word",
                """{"do": "create"}, {"do": "dance"}""" to "no such word",
                """{"do": "city.dance"}""" to "no such word",
                """{"do": "create", "with": {"hat": "red"}}""" to "not understood",
                """{"do": "create", "refused": "locked"}""" to "not refused as locked",
                """{"do": "open"}""" to "wallet-missing",
                """{"do": "open", "refused": "locked"}""" to "wallet-missing",
                """{"do": "sent", "expect": {"requests": "7"}}""" to "7",
                """{"do": "sent", "expect": {"hats": "7"}}""" to "hats",
                """{"do": "sent", "save": {"x": "hats"}}""" to "no hats to keep",
                """{"do": "link", "with": {"text": "${'$'}nobody"}}""" to "nothing is kept as nobody",
                """{"do": "create", "cancel": "language"}""" to "before it could be stopped",
                """{"do": "sent", "steps": [{"do": "sent"}]}""" to "app.killed",
                """{"do": "app.killed", "with": {"at": "/nowhere", "when": "after"}, "steps": [{"do": "create"}]}""" to "was not killed",
            )
        for ((steps, fault) in faults) {
            val case = Case.read("""{"name": "x", "promise": "x", "steps": [$steps]}""")
            val told = assertFails(steps) { kept(case) }
            assertTrue(told is Fault && fault in told.message!!, "$steps: $told")
        }
    }

    @Test
    fun `a field that the runner does not know is no case`() {
        for (step in listOf(
            """{"do": "sent", "hat": "red"}""",
            """{"do": "sent", "cancel": "gently"}""",
            """{"do": "sent", "with": {"x": 1}}""",
        )) {
            assertFails(step) { Case.read("""{"name": "x", "promise": "x", "steps": [$step]}""") }
        }
        assertFails { Case.read("""{"name": "x", "promise": "x", "steps": [], "hat": "red"}""") }
    }

    private fun kept(case: Case) {
        val folder = Files.createTempDirectory("contract").toFile()
        try {
            runBlocking { play(case, folder) }
        } finally {
            folder.deleteRecursively()
        }
    }

    private companion object {
        const val FEWEST = 35
    }
}
