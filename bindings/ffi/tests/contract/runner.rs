//! Every case is played; and the runner itself is shown to fail.

use crate::case::{self, Case};
use crate::play::play;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How many cities at once.
const AT_ONCE: usize = 3;

/// `CONTRACT_CASE=name` plays one alone. Whoever waits for a stage keeps a thread: there are more than cities.
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn contract_1_every_case_is_kept() {
    let only = std::env::var("CONTRACT_CASE").ok();
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut playing = JoinSet::new();
    for (file, case) in case::all() {
        assert_eq!(file.file_stem().unwrap().to_str(), Some(case.name.as_str()));
        if only.as_ref().is_none_or(|only| *only == case.name) {
            let turns = Arc::clone(&turns);
            playing.spawn(async move {
                let _turn = turns.acquire().await.unwrap();
                let start = std::time::Instant::now();
                let played = kept(&case).await;
                println!("{}: {:.1} s", case.name, start.elapsed().as_secs_f64());
                played.map_err(|fault| format!("{} ({}): {fault}", case.name, case.promise))
            });
        }
    }
    let played = playing.join_all().await;
    assert!(played.len() >= 35 || only.is_some(), "{} cases", played.len());
    let faults: Vec<_> = played.into_iter().filter_map(Result::err).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn contract_2_what_a_runner_does_not_know_or_does_not_find_fails_the_case() {
    for (steps, fault) in [
        (r#"{"do": "dance"}"#, "no such word"),
        (r#"{"do": "create"}, {"do": "dance"}"#, "no such word"),
        (r#"{"do": "city.dance"}"#, "no such word"),
        (r#"{"do": "create", "with": {"hat": "red"}}"#, "not understood"),
        (r#"{"do": "create", "refused": "locked"}"#, "not refused as locked"),
        (r#"{"do": "open"}"#, "wallet-missing"),
        (r#"{"do": "open", "refused": "locked"}"#, "wallet-missing"),
        (r#"{"do": "sent", "expect": {"requests": "7"}}"#, "7"),
        (r#"{"do": "sent", "expect": {"hats": "7"}}"#, "hats"),
        (r#"{"do": "sent", "save": {"x": "hats"}}"#, "no hats to keep"),
        (r#"{"do": "link", "with": {"text": "$nobody"}}"#, "nothing is kept as nobody"),
        (r#"{"do": "create", "cancel": "token"}"#, "before it could be stopped"),
        (r#"{"do": "sent", "steps": [{"do": "sent"}]}"#, "app.killed"),
        (
            r#"{"do": "app.killed", "with": {"at": "/nowhere", "when": "after"}, "steps": [{"do": "create"}]}"#,
            "was not killed",
        ),
    ] {
        let case = format!(r#"{{"name": "x", "promise": "x", "steps": [{steps}]}}"#);
        let told = kept(&serde_json::from_str(&case).unwrap()).await.unwrap_err();
        assert!(told.contains(fault), "{steps}: {told}");
    }
    for unknown in [
        r#"{"name": "x", "promise": "x", "steps": [], "hat": "red"}"#,
        r#"{"name": "x", "promise": "x", "steps": [{"do": "sent", "hat": "red"}]}"#,
        r#"{"name": "x", "promise": "x", "steps": [{"do": "sent", "cancel": "gently"}]}"#,
    ] {
        assert!(serde_json::from_str::<Case>(unknown).is_err(), "{unknown}");
    }
}

async fn kept(case: &Case) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    play(case, folder.path()).await.map_err(|fault| fault.to_string())
}
