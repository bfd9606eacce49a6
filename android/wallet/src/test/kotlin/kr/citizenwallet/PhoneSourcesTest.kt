package kr.citizenwallet

import kr.citizenwallet.town.Programs
import java.io.File
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

/** JNA binds every function at start: what a phone's library is built without must not be in what a phone compiles. */
class PhoneSourcesTest {
    private val sources = File(Programs.root, "android/wallet/src")

    @Test
    fun `what only a developer's library has is used beside the phone's sources alone`() {
        assertTrue(uses("desktop").isNotEmpty() && uses("preview").isNotEmpty(), "the names are right")
        assertEquals(emptyList(), uses("main"))
    }

    @Test
    fun `a debug build for a phone has the preview wallet and nothing else of a developer's library`() {
        assertEquals(emptyList(), uses("preview").filterNot { it.substringAfter(": ") in PREVIEW || "ffi.preview" in it })
    }

    private fun uses(folder: String) =
        File(sources, folder)
            .walk()
            .filter { it.extension == "kt" }
            .flatMap { file -> DEVELOPERS.findAll(file.readText()).map { "${file.name}: ${it.value}" } }
            .toList()

    private companion object {
        val PREVIEW = setOf("PreviewState")
        val DEVELOPERS = Regex("\\b(KeyFile|Platform\\.desktop|readImage|scanImage|liveObjects|ffi\\.preview\\w*|PreviewState)\\b")
    }
}
