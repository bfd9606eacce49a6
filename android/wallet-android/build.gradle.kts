// The library as an app takes it (AAR). Not built here; see settings.gradle.kts.
plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.android)
    `maven-publish`
}

// The same as in pom.xml.
group = "kr.citizenwallet"
version = providers.gradleProperty("citizenWallet.version").get()

/** Where `cargo xtask package android` writes the sources that belong to the native libraries; with `--preview` those of a debug build. */
val generated = mapOf("release" to "phone", "debug" to "preview").mapValues { rootDir.resolve("../target/bindings/${it.value}/kotlin") }

android {
    namespace = "kr.citizenwallet.android"
    compileSdk = 36
    // The first NDK that aligns to pages of 16 KB by itself.
    ndkVersion = "28.2.13676358"

    defaultConfig {
        // 9: the system's prompt for a finger, StrongBox, and a loader that knows packed relocations.
        minSdk = 28
        consumerProguardFiles("consumer-rules.pro")
        ndk { abiFilters += listOf("arm64-v8a", "armeabi-v7a", "x86_64") }
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }

    sourceSets["main"].apply {
        manifest.srcFile("src/main/AndroidManifest.xml")
        // The wrapper without what only a desktop's library has.
        kotlin.srcDirs("src/main/kotlin", "../wallet/src/main/kotlin")
    }
    // The native libraries of each lie in its own `src/<variant>/jniLibs`.
    sourceSets["release"].kotlin.srcDirs(generated.getValue("release"))
    sourceSets["debug"].kotlin.srcDirs(generated.getValue("debug"), "../wallet/src/preview/kotlin")

    // Loaded from the APK as they lie there: uncompressed, at pages of 16 KB.
    packaging { jniLibs { useLegacyPackaging = false } }

    publishing { singleVariant("release") { withSourcesJar() } }
}

kotlin { compilerOptions { jvmTarget = org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_17 } }

dependencies {
    api(libs.coroutines.android)
    // The AAR brings JNA's own library for each ABI.
    implementation(variantOf(libs.jna) { artifactType("aar") })
}

publishing {
    publications {
        register<MavenPublication>("release") {
            artifactId = "citizen-wallet-android"
            // As in pom.xml.
            pom {
                licenses {
                    license { name = "Apache-2.0" }
                    license { name = "MIT" }
                }
            }
            afterEvaluate { from(components["release"]) }
        }
    }
    // `gradle :wallet-android:publish`: a folder that an app names as a repository. Whoever publishes further has to own the group id.
    repositories { maven { url = uri(rootDir.resolve("../target/android-repository")) } }
}

for ((variant, sources) in generated) {
    val flag = if (variant == "debug") " --preview" else ""
    val checking =
        tasks.register("check${variant.replaceFirstChar(Char::uppercase)}Generated") {
            doLast { check(sources.isDirectory) { "run `cargo xtask package android$flag` first: $sources is missing" } }
        }
    tasks.configureEach { if (name == "pre${variant.replaceFirstChar(Char::uppercase)}Build") dependsOn(checking) }
}
