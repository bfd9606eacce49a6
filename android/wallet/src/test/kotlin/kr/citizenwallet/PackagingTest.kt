package kr.citizenwallet

import kr.citizenwallet.town.Programs
import org.w3c.dom.Element
import java.io.File
import java.lang.reflect.Modifier
import java.util.jar.JarFile
import javax.xml.parsers.DocumentBuilderFactory
import kotlin.test.Test
import kotlin.test.assertContains
import kotlin.test.assertEquals
import kotlin.test.assertTrue

/** What no machine here builds, an app's package, held against what is built: versions, folders, names, and what documents say. */
class PackagingTest {
    private val android = File(Programs.root, "android")
    private val catalogue = text("gradle/libs.versions.toml")
    private val library = text("wallet-android/build.gradle.kts")
    private val sample = text("samples/compose/build.gradle.kts")
    private val packing = File(Programs.root, "bindings/xtask/src/package.rs").readText()
    private val guide = File(Programs.root, "bindings/docs/integration.md").readText()
    private val readme = text("README.md")

    @Test
    fun `Gradle takes the versions that Maven builds and tests with`() {
        val pom = text("pom.xml")
        for (name in listOf("kotlin", "coroutines", "jna")) {
            assertEquals(found("<$name.version>([^<]+)<", pom), found("(?m)^$name = \"([^\"]+)\"", catalogue), name)
        }
        val release = found("<artifactId>citizen-wallet-parent</artifactId>\\s*<version>([^<]+)<", pom)
        val workspace = found("(?m)^version = \"([^\"]+)\"", File(Programs.root, "Cargo.toml").readText())
        assertEquals(release, workspace)
        assertEquals(release, found("(?m)^citizenWallet.version=(.+)$", text("gradle.properties")))
        assertEquals(release, found("versionName = \"([^\"]+)\"", sample))
        for (module in listOf("ffi", "wallet", "wallet-android", "samples/jvm")) {
            assertEquals(release, found("<artifactId>citizen-wallet-parent</artifactId><version>([^<]+)<", text("$module/pom.xml")), module)
        }
        assertEquals(found("<groupId>([^<]+)<", pom), found("(?m)^group = \"([^\"]+)\"", library))
        assertContains(readme, "\"kr.citizenwallet:citizen-wallet-android:$release\"")
        assertContains(readme, "<artifactId>citizen-wallet</artifactId><version>$release</version>")
    }

    @Test
    fun `every name that the Gradle files take from the catalogue is in it, and every version is used`() {
        assertEquals(each("(?m)^([a-z-]+) = \"", section("versions")), each("version.ref = \"([a-z-]+)\"", catalogue))
        val scripts = listOf(library, sample, text("build.gradle.kts")).joinToString("\n")
        for ((kind, prefix) in listOf("plugins" to "libs\\.plugins\\.", "libraries" to "libs\\.(?!plugins|versions)")) {
            val named = each("(?m)^([a-z0-9-]+) = \\{", section(kind)).map { it.replace('-', '.') }
            assertEquals(named.toSet(), each("\\b$prefix([a-z0-9.]+)", scripts), kind)
        }
    }

    @Test
    fun `Gradle finds sources and libraries where they are written, for the phones that they are written for`() {
        for (folder in each("\"([^\"$]*src/[^\"]+)\"", library)) {
            assertTrue(File(android, "wallet-android/$folder").exists(), folder)
        }
        for ((variant, sources) in listOf("release" to "phone", "debug" to "preview")) {
            assertContains(packing, "\"$variant\", \"$sources\"")
            assertContains(library, "\"$variant\" to \"$sources\"")
        }
        val packed = each("\\(\"([a-z0-9_-]+)\", \"[a-z0-9_]+-linux-android(?:eabi)?\"\\)", packing)
        val filtered = each("\"([^\"]+)\"", found("abiFilters \\+= listOf\\(([^)]+)\\)", library))
        assertEquals(packed, filtered)
        assertEquals(3, packed.size)
        val api = found("ANDROID_API: &str = \"(\\d+)\"", packing)
        assertEquals(listOf(api, api), listOf(library, sample).map { found("minSdk = (\\d+)", it) })
        val oldest = found("OLDEST: u32 = (\\d+)", File(Programs.root, "bindings/xtask/src/ndk.rs").readText())
        assertEquals(oldest, found("ndkVersion = \"(\\d+)\\.", library))
    }

    @Test
    fun `what the shrinker would rename and the library reads by name is kept`() {
        val rules = text("wallet-android/consumer-rules.pro").lines().filterNot { it.startsWith("#") || it.isBlank() }
        val kept = rules.filter { it.startsWith("-keep class") && "extends com.sun.jna" in it }.map(::pattern)
        val bound = rules.filter { it.startsWith("-keepclassmembers") }.map(::pattern)
        val jna = listOf("Structure", "Callback", "Library").map { Class.forName("com.sun.jna.$it") }
        val (structures, binders) = List(2) { mutableListOf<String>() }
        for (type in generated()) {
            if (jna.any { it.isAssignableFrom(type) }) structures += type.name
            if (type.declaredMethods.any { Modifier.isNative(it.modifiers) }) binders += type.name
        }
        assertTrue(structures.size > 100 && binders.isNotEmpty(), "${structures.size} structures, $binders")
        assertEquals(emptyList(), structures.filterNot { name -> kept.any { it.matches(name) } })
        assertEquals(emptyList(), binders.filterNot { name -> bound.any { it.matches(name) } })
        for (rule in bound) assertTrue(binders.any(rule::matches), "$rule keeps nothing")
    }

    @Test
    fun `the manifests ask for what the documents say, and for nothing else`() {
        val own = manifest("wallet-android/src/main/AndroidManifest.xml")
        val permissions = own.all("uses-permission").map { it.named("name").substringAfterLast('.') }
        assertEquals(setOf("INTERNET", "USE_BIOMETRIC"), permissions.toSet())
        for (permission in permissions) assertContains(readme.substringAfter("Permissions:").substringBefore('\n'), "`$permission`")
        val told = guide.substringAfter("## Permissions").substringBefore("\n## ")
        for (permission in permissions + "CAMERA") assertContains(told, "`$permission`")

        val app = manifest("samples/compose/src/main/AndroidManifest.xml")
        assertEquals(listOf("CAMERA"), app.all("uses-permission").map { it.named("name").substringAfterLast('.') })
        assertEquals("false", app.all("application").single().named("allowBackup"))
        // What a browser brings back is an address, and no scheme of the app's own.
        val (addresses, links) = app.all("data").partition { it.named("scheme") == "https" }
        assertEquals(listOf("\${returnHost}", "\${returnPath}"), addresses.single().run { listOf(named("host"), named("path")) })
        val build = text("samples/compose/build.gradle.kts")
        for (part in listOf("host", "path")) {
            assertContains(build, "manifestPlaceholders[\"return${part.replaceFirstChar(Char::uppercase)}\"] = returnAddress.$part")
        }
        assertContains(build, "gradleProperty(\"citizenWallet.returnAddress\")")
        val address = found("(?m)^citizenWallet.returnAddress=(https://[a-z0-9.-]+/[a-z]+)$", text("gradle.properties"))
        assertContains(guide, "`$address`")
        val ios = File(Programs.root, "ios/Samples/WalletApp")
        val (host, path) = listOf("HOST", "PATH").map { found("(?m)^RETURN_$it = (.+)$", File(ios, "WalletApp.xcconfig").readText()) }
        assertEquals(address, "https://$host$path", "both samples come back to one address")
        assertContains(File(ios, "WalletApp.entitlements").readText(), "<string>applinks:$(RETURN_HOST)</string>")
        val schemes = links.map { it.named("scheme") }.toSet()
        val registered = found("(?m)^Register (.+ as schemes; .+ too)", guide)
        assertEquals(each("`([a-z0-9-]+)`", registered), schemes)
    }

    @Test
    fun `the store's folder is left out of backups, in the sample as in the documents`() {
        val excluded = "<exclude domain=\"root\" path=\"no_backup/\" />"
        val resources = listOf("data_extraction_rules", "full_backup_content").map { text("samples/compose/src/main/res/xml/$it.xml") }
        assertEquals(listOf(2, 1), resources.map { it.split(excluded).size - 1 })
        assertEquals(3, readme.split(excluded).size - 1)
        for (document in listOf(readme, guide)) {
            assertContains(document, "android:allowBackup=\"false\"")
            assertEquals(
                emptyList(),
                Regex("<exclude [^>]+>")
                    .findAll(document)
                    .map { it.value }
                    .filterNot { it == excluded }
                    .toList(),
            )
        }
    }

    private fun text(path: String) = File(android, path).readText()

    private fun found(
        pattern: String,
        text: String,
    ) = checkNotNull(Regex(pattern).find(text)) { "no $pattern" }.groupValues[1].trim()

    private fun each(
        pattern: String,
        text: String,
    ) = Regex(pattern).findAll(text).map { it.groupValues[1] }.toSet()

    private fun section(name: String) = catalogue.substringAfter("[$name]").substringBefore("\n[")

    /** All that the generator wrote, as it is compiled. */
    private fun generated(): List<Class<*>> {
        val place =
            File(
                kr.citizenwallet.ffi.Wallet::class.java.protectionDomain.codeSource.location
                    .toURI(),
            )
        val files =
            if (place.isDirectory) {
                place.walk().map { it.relativeTo(place).path }.toList()
            } else {
                JarFile(place).use { jar -> jar.entries().toList().map { it.name } }
            }
        val names = files.filter { it.endsWith(".class") }.map { it.removeSuffix(".class").replace('/', '.') }
        return names.map { Class.forName(it, false, javaClass.classLoader) }
    }

    /** The class of a rule: `**` is any text, dots too. */
    private fun pattern(rule: String): Regex {
        val name = found("class (\\S+)", rule)
        return Regex(name.split("**").joinToString(".*") { Regex.escape(it) })
    }

    private fun manifest(path: String) =
        DocumentBuilderFactory
            .newInstance()
            .newDocumentBuilder()
            .parse(File(android, path))
            .documentElement

    private fun Element.all(name: String) = getElementsByTagName(name).let { found -> List(found.length) { found.item(it) as Element } }

    private fun Element.named(attribute: String) = getAttribute("android:$attribute")
}
