//! What the generator writes for Kotlin and an app would be hurt by, mended in the generated source.
//!
//! **An answer that nobody takes.** A coroutine that is cancelled while Rust answers never takes the answer: between the poll that finds it and
//! the call that fetches it, Kotlin throws. The generated code then frees the future, and Rust's side of it (`WrappedFuture::free` of
//! `uniffi_core` 0.32.2) forgets an answer that was already turned into a bare handle or buffer: nobody lets go of it any more. Mended, the
//! answer is fetched and let go of; a future that has none says so, without harm. Swift's tasks are not torn out of a wait: nothing is
//! lost there.
//!
//! **A closed object as an argument.** The generated code looks whether an object is closed when one of its own methods is called, but not
//! when it is handed to another's: freed memory would be used. Mended, it is refused in the same words.

use crate::step::Failure;
use std::path::Path;

/// The function that waits for Rust; a package without asynchronous calls has none.
const WAITS: &str = "internal suspend fun<T, F, E: kotlin.Exception> uniffiRustCallAsync(";

/// What the generator writes, once each, and what stands in its place.
const MENDED: [(&str, &str); 2] = [
    (
        "): T {
    try {
        do {
            val pollResult = suspendCancellableCoroutine<Byte> { continuation ->
",
        "): T {
    var isTaken = false
    try {
        do {
            val pollResult = suspendCancellableCoroutine<Byte> { continuation ->
",
    ),
    (
        "        return liftFunc(
            uniffiRustCallWithError(errorHandler, { status -> completeFunc(rustFuture, status) })
        )
    } finally {
        freeFunc(rustFuture)
    }
",
        "        isTaken = true
        return liftFunc(
            uniffiRustCallWithError(errorHandler, { status -> completeFunc(rustFuture, status) })
        )
    } finally {
        if (!isTaken) {
            // Cancelled: an answer that is there already is nobody's.
            try {
                Disposable.destroy(liftFunc(uniffiRustCallWithError(errorHandler, { status -> completeFunc(rustFuture, status) })))
            } catch (_: kotlin.Exception) {
                // There was none, or it was an error.
            }
        }
        freeFunc(rustFuture)
    }
",
    ),
];

/// How an object is handed to Rust, in each converter; and the same with a look whether it is closed.
const HANDED: (&str, &str) = ("return value.uniffiCloneHandle()", "return value.callWithHandle { it }");

/// Mends a generated source, if there is anything to mend in it.
pub(crate) fn mend(path: &Path) -> Result<(), Failure> {
    let failed = |source| Failure::Read { path: path.to_path_buf(), source };
    let generated = std::fs::read_to_string(path).map_err(failed)?;
    if generated.contains(WAITS) {
        std::fs::write(path, mended(&generated)?).map_err(failed)?;
    }
    Ok(())
}

/// Both, in a source with asynchronous calls, which has objects too. Fails if the generator writes something else than it did: whoever
/// takes a newer one looks whether it still does that.
fn mended(generated: &str) -> Result<String, Failure> {
    let changed = || Failure::Malformed {
        file: "what the generator writes for Kotlin (bindings/xtask/src/mending.rs)",
    };
    let mut mended = generated.to_owned();
    for (written, better) in MENDED {
        if mended.matches(written).count() != 1 {
            return Err(changed());
        }
        mended = mended.replace(written, better);
    }
    let (written, better) = HANDED;
    if mended.contains(written) { Ok(mended.replace(written, better)) } else { Err(changed()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generated() -> String {
        let [(begins, _), (ends, _)] = MENDED;
        let (handed, _) = HANDED;
        format!("{WAITS}\n{begins} … \n{ends}}}\n{handed}\n{handed}\n")
    }

    #[test]
    fn an_answer_that_nobody_takes_is_let_go_of() {
        let mended = mended(&generated()).unwrap();
        assert_eq!(mended.matches("isTaken").count(), 3);
        assert!(mended.contains("Disposable.destroy(liftFunc("));
    }

    #[test]
    fn a_closed_object_is_no_argument() {
        let mended = mended(&generated()).unwrap();
        assert_eq!(mended.matches("callWithHandle { it }").count(), 2);
        assert!(!mended.contains("uniffiCloneHandle"));
    }

    #[test]
    fn a_generator_that_writes_something_else_is_noticed() {
        assert!(mended(&generated().replace("completeFunc", "finishFunc")).is_err());
        assert!(mended(&generated().replace("uniffiCloneHandle", "handle")).is_err());
        assert!(mended(&generated().repeat(2)).is_err());
        assert!(mended(&mended(&generated()).unwrap()).is_err(), "mended twice");
    }
}
