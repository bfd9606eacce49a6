//! An app that is killed: the runner starts itself again, and that process plays the steps until it dies.

use crate::case::{Fields, Step};
use crate::parts::{KILLED, Weather};
use crate::phone::{Phone, Town, secret};
use crate::play::{Cast, Fault};
use citizen_wallet_ffi::Secret;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the process is told, in its environment.
const ROLE: &str = "CONTRACT_APP";
/// The test that the process runs; without a role it does nothing.
const TEST: &str = "process::an_app_that_is_killed_plays_its_steps_in_a_process_of_its_own";

#[derive(Serialize, Deserialize)]
struct Role {
    folder: PathBuf,
    url: String,
    trust: String,
    phone: String,
    kept: Fields,
    /// The recovery code that lies on paper beside the phone.
    code: Option<String>,
    at: String,
    when: String,
    steps: Vec<Step>,
}

/// Plays the steps of `app.killed`. A process that does not die as it should is a fault.
pub(crate) fn killed(
    folder: &Path,
    town: &Town,
    step: &Step,
    (with, kept, code): (&Fields, &Fields, Option<&Secret>),
) -> Result<(), Fault> {
    let Town { url, trust } = town.clone();
    let (Some(at), Some(when), 2) = (with.get("at"), with.get("when"), with.len()) else {
        return Err(Fault::said("app.killed takes `at` and `when`"));
    };
    let role = Role {
        folder: folder.to_path_buf(),
        url,
        trust,
        phone: step.phone.clone(),
        kept: kept.clone(),
        code: code.map(|code| String::from_utf8(code.reveal()).unwrap()),
        at: at.clone(),
        when: when.clone(),
        steps: step.steps.clone(),
    };
    let app = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture"])
        .env(ROLE, serde_json::to_string(&role).unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    if app.status.code() == Some(KILLED) {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&app.stderr).into_owned();
    Err(Fault::said(&format!("the app was not killed: {}, {told}", app.status)))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_is_killed_plays_its_steps_in_a_process_of_its_own() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let Role { folder, url, trust, phone, kept, code, at, when, steps } =
        serde_json::from_str(&role).unwrap();
    let after = match when.as_str() {
        "before" => false,
        "after" => true,
        other => panic!("no such moment: {other}"),
    };
    let mut app = Phone::new(&folder, &phone);
    app.hand.recovery = code.as_deref().map(secret);
    *app.net.weather.lock().unwrap() = Weather::Kills { at, after };
    let mut cast = Cast::new(folder, Town { url, trust }, kept);
    cast.phones.insert(phone.clone(), app);
    for step in steps {
        cast.play(None, &Step { phone: phone.clone(), ..step })
            .await
            .unwrap_or_else(|fault| panic!("{fault}"));
    }
}
