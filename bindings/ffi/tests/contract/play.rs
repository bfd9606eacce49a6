//! How a step is played: its arguments filled in, its result held against what is expected, kept where it says so.

use crate::case::{Cancel, Case, Fields, Step};
use crate::phone::{Phone, Town};
use crate::process;
use crate::stage::Stage;
use crate::words::{self, With};
use citizen_wallet_ffi::{Amount, CancelToken, Language, WalletError};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a step may take, and how long a stopped one.
const PATIENCE: Duration = Duration::from_secs(300);
const AT_ONCE: Duration = Duration::from_secs(60);

/// Why a case is not kept.
#[derive(Debug)]
pub(crate) struct Fault(String);

impl Fault {
    pub(crate) fn said(what: &str) -> Self {
        Self(what.to_owned())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a call came to: a result, a refusal, or nothing that a wallet answers.
pub(crate) enum Outcome {
    Done(Fields),
    Refused(WalletError),
}

/// Everybody who plays, and what was kept.
pub(crate) struct Cast {
    folder: PathBuf,
    pub(crate) town: Town,
    pub(crate) phones: BTreeMap<String, Phone>,
    kept: Fields,
}

/// Plays a whole case in a city of its own.
pub(crate) async fn play(case: &Case, folder: &Path) -> Result<(), Fault> {
    let mut stage = Stage::start(&folder.join("city"));
    let town = Town { url: stage.url.clone(), trust: stage.trust.clone() };
    let mut cast = Cast::new(folder.to_path_buf(), town, Fields::new());
    let mut played = Ok(());
    for (number, step) in case.steps.iter().enumerate() {
        played = cast.play(Some(&mut stage), step).await;
        if let Err(fault) = played {
            played = Err(Fault(format!("step {}, {}: {fault}", number + 1, step.word)));
            break;
        }
    }
    stage.stop();
    played
}

impl Cast {
    pub(crate) const fn new(folder: PathBuf, town: Town, kept: Fields) -> Self {
        Self { folder, town, phones: BTreeMap::new(), kept }
    }

    pub(crate) async fn play(&mut self, stage: Option<&mut Stage>, step: &Step) -> Result<(), Fault> {
        let with = self.filled(&step.with)?;
        let expect = self.filled(&step.expect)?;
        if !step.steps.is_empty() && step.word != "app.killed" {
            return Err(Fault::said("steps belong to app.killed"));
        }
        let outcome = match stage {
            Some(stage) if step.word.starts_with("city.") => {
                Outcome::Done(stage.step(step, &with).map_err(Fault)?)
            }
            _ if step.word == "app.killed" => {
                let code = self.phones.get(&step.phone).and_then(|phone| phone.hand.recovery.clone());
                process::killed(&self.folder, &self.town, step, (&with, &self.kept, code.as_deref()))?;
                if let Some(phone) = self.phones.get_mut(&step.phone) {
                    phone.keys = std::sync::Arc::new(phone.keys.anew());
                }
                Outcome::Done(Fields::new())
            }
            _ => self.act(step, with).await?,
        };
        let result = self.judged(step, outcome)?;
        for (name, value) in &expect {
            let found = result.get(name);
            if found != Some(value) {
                return Err(Fault(format!("{name} is {found:?} where {value:?} was expected; {result:?}")));
            }
        }
        for (name, field) in &step.save {
            let value = result.get(field).ok_or_else(|| Fault(format!("no {field} to keep; {result:?}")))?;
            self.kept.insert(name.clone(), value.clone());
        }
        Ok(())
    }

    async fn act(&mut self, step: &Step, with: Fields) -> Result<Outcome, Fault> {
        let phone =
            self.phones.entry(step.phone.clone()).or_insert_with(|| Phone::new(&self.folder, &step.phone));
        let waiting = std::sync::Arc::clone(&phone.waiting);
        let token = (step.cancel == Some(Cancel::Token)).then(CancelToken::new);
        let mut with = With::new(with);
        let mut acting = Box::pin(words::act(self, step, &mut with, token.clone()));
        let outcome = if step.cancel.is_none() {
            let done = tokio::time::timeout(PATIENCE, acting).await;
            done.map_err(|_| Fault::said("it takes too long"))??
        } else {
            tokio::select! {
                _ = &mut acting => return Err(Fault::said("it ended before it could be stopped")),
                () = waiting.begun.notified() => {}
                () = tokio::time::sleep(PATIENCE) => return Err(Fault::said("nobody is asked")),
            }
            let outcome = match token {
                Some(token) => {
                    token.cancel();
                    let done = tokio::time::timeout(AT_ONCE, acting).await;
                    done.map_err(|_| Fault::said("it does not stop"))??
                }
                None => {
                    drop(acting);
                    Outcome::Refused(WalletError::Cancelled)
                }
            };
            let let_go = tokio::time::timeout(AT_ONCE, waiting.ended.notified()).await;
            let_go.map_err(|_| Fault::said("who was asked still waits"))?;
            outcome
        };
        with.all_were_used()?;
        Ok(outcome)
    }

    fn judged(&self, step: &Step, outcome: Outcome) -> Result<Fields, Fault> {
        match (outcome, &step.refused) {
            (Outcome::Done(fields), None) => Ok(fields),
            (Outcome::Refused(error), Some(code)) if error.code() == *code => Ok(told(&error)),
            (Outcome::Done(fields), Some(code)) => {
                Err(Fault(format!("done, and not refused as {code}; {fields:?}")))
            }
            (Outcome::Refused(error), _) => Err(Fault(format!("refused: {error:?}"))),
        }
    }

    /// `$name` stands for what was kept.
    fn filled(&self, fields: &Fields) -> Result<Fields, Fault> {
        let filled = fields.iter().map(|(name, value)| {
            let value = match value.strip_prefix('$') {
                None => value,
                Some(kept) => {
                    self.kept.get(kept).ok_or_else(|| Fault(format!("nothing is kept as {kept}")))?
                }
            };
            Ok((name.clone(), value.clone()))
        });
        filled.collect()
    }
}

/// A refusal's fields.
fn told(error: &WalletError) -> Fields {
    let mut fields = Fields::new();
    let mut put = |name: &str, value: String| drop(fields.insert(name.to_owned(), value));
    put("code", error.code());
    put("ko", error.text(Language::Korean));
    put("en", error.text(Language::English));
    match error {
        WalletError::WrongPin { tries_left, wait_seconds } => {
            put("tries_left", tries_left.to_string());
            put("wait_seconds", wait_seconds.to_string());
        }
        WalletError::Offline { can_queue } => put("can_queue", can_queue.to_string()),
        WalletError::Pending { payment } => put("payment", payment.clone()),
        WalletError::Stale { as_of } => put("as_of", as_of.to_string()),
        WalletError::ClockWrong { by_seconds } => put("by_seconds", by_seconds.to_string()),
        WalletError::Unverified { what, origin } => {
            put("what", what.clone());
            put("origin", origin.clone());
        }
        WalletError::NotEnough { asked, available } => {
            put("asked", amount(*asked));
            put("available", amount(*available));
        }
        WalletError::Limit { limit, left, resets } => {
            put("limit", amount(*limit));
            put("left", amount(*left));
            if let Some(resets) = resets {
                put("resets", resets.to_string());
            }
        }
        WalletError::Refused { by, reason } => {
            put("by", by.clone());
            put("reason", reason.clone());
        }
        WalletError::Expired { what } => put("what", what.clone()),
        WalletError::BadCode { rule, position } => {
            put("rule", rule.clone());
            put("position", position.to_string());
        }
        WalletError::Fenced { since } => put("since", since.to_string()),
        WalletError::UnknownParty { claims_to_be } => put("claims_to_be", claims_to_be.clone()),
        WalletError::NeedsRefresh { height } => put("height", height.to_string()),
        WalletError::Invalid { reason } => put("reason", reason.clone()),
        WalletError::Internal { incident } => put("incident", incident.clone()),
        WalletError::Locked
        | WalletError::KeyInvalidated
        | WalletError::NeedsRestore
        | WalletError::NeedsUpdate
        | WalletError::StoreBusy
        | WalletError::StoreDamaged
        | WalletError::StorageFull
        | WalletError::Cancelled => {}
    }
    fields
}

fn amount(amount: Amount) -> String {
    match amount {
        Amount::Points { amount } => format!("{amount} points"),
        Amount::Won { amount } => format!("{amount} won"),
    }
}
