//! The generator of Kotlin and Swift, at the version the scaffolding has: `cargo xtask bindings` runs it.

fn main() {
    uniffi::uniffi_bindgen_main();
}
