// An app developer's build: Android Studio, or Gradle 8.13 or newer: `gradle :wallet-android:assembleRelease`. Not built here: it needs
// Google's repository and Android's SDK. What it compiles is compiled and tested by Maven (pom.xml), apart from the sample's screens.
pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositoriesMode = RepositoriesMode.FAIL_ON_PROJECT_REPOS
    repositories {
        google()
        mavenCentral()
    }
}

rootProject.name = "citizen-wallet"
include(":wallet-android", ":samples:compose")
