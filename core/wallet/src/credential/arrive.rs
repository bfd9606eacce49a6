//! Copies come: checked, and on the disk one credential at a time, before the issuer hears of it (CARD-3, CARD-20).

use crate::credential::batch::{Origin, check_batch, check_refill};
use crate::credential::issuance::Run;
use crate::credential::receive::name;
use crate::credential::types::Described;
use crate::credential::unbound::unbound;
use crate::credential::web::internal;
use crate::error::{Input, WalletError};
use crate::id::CredentialId;
use crate::place;
use crate::record::{self, ActivityKind, CredentialRow, HeldLine, IssuanceRow, WantedLine, issuance_row};
use crate::wallet::Wallet;
use citizen_keys::KeyAlias;
use citizen_openid4vc::vci::{Issued, NotificationEvent};
use citizen_store::{ChangeSet, Store};

impl Wallet {
    /// **CARD-20** Takes in what has come since: each credential is held at once. One that is not what it should be is not, and is asked for no more.
    pub(super) async fn take_in(&self, run: &mut Run) -> Result<(), WalletError> {
        while let Some(issued) = run.session.issued().get(run.taken).cloned() {
            run.taken = run.taken.saturating_add(1);
            let described = self.described(run, &issued).await?;
            let alone = self.session().advancing.lock().await;
            let stored = self.store(run, &issued, described.as_ref());
            drop(alone);
            let event = if stored.is_ok() { NotificationEvent::Accepted } else { NotificationEvent::Failure };
            let now = self.session().now();
            let told = run.session.notification(&issued, event, now, &mut *self.session().rng());
            match stored {
                Ok(row) => run.received.push(row),
                Err(error @ (WalletError::Unverified { .. } | WalletError::Invalid { .. })) => {
                    self.drop_wanted(run, &issued.configuration, error)?;
                }
                Err(error) => return Err(error),
            }
            if let Some(told) = told {
                // The issuer is told if it can be reached; what is held is held.
                drop(self.send_web(place::SEND_ISSUANCE_END, &told).await);
            }
            self.clear_keys();
        }
        Ok(())
    }

    /// What the type of a credential says. The registry lets this issuer issue it (CARD-1): no other type's address is asked.
    async fn described(&self, run: &Run, issued: &Issued) -> Result<Option<Described>, WalletError> {
        let wanted = run.row.wanted.iter().find(|wanted| wanted.configuration == issued.configuration);
        match (wanted, issued.credentials.first()) {
            (Some(wanted), Some(token)) => self.describe(&wanted.vct, token).await,
            _ => Ok(None),
        }
    }

    /// Checks a batch and writes it, with the log, in one commit.
    fn store(
        &self,
        run: &mut Run,
        issued: &Issued,
        described: Option<&Described>,
    ) -> Result<CredentialRow, WalletError> {
        let Run { row: before, issuer, keys, session, .. } = run;
        let mut left = before.clone();
        let wanted = left.wanted(&issued.configuration).ok_or(internal("issuance-row"))?.clone();
        let now = self.session().now();
        let held = self.held()?;
        let vct = Some(wanted.vct.as_str());
        let origin = Origin { issuer: &before.issuer, registered: issuer, vct, now, reach: self.web_reach() };
        let id = CredentialId::generate(&mut *self.session().rng());
        let mut row = check_batch(id, issued, keys, &origin)?;
        described.map_or(Ok(()), |described| described.must_fit(&row))?;
        let old = replaced(&held, &wanted, &row)?;
        if let Some(old) = old {
            check_refill(old, &row)?;
            row.id = old.id;
        }
        if session.still_wants(&issued.configuration) {
            left.wanted(&issued.configuration).ok_or(internal("issuance-row"))?.begin_anew();
        } else {
            left.take(&issued.configuration);
        }
        left.held.retain(|line| line.credential != row.id);
        let WantedLine { configuration, vct, keys: told, .. } = wanted;
        left.held.push(HeldLine { configuration, vct, credential: row.id, next: now });
        let is_kept = |alias: &KeyAlias| row.copies.iter().any(|copy| copy.alias == *alias);
        let unused = told.into_iter().filter(|alias| !is_kept(alias));
        let replaced = old.into_iter().flat_map(|old| &old.copies).map(|copy| copy.alias.clone());
        let unbinds: Vec<KeyAlias> = unused.chain(replaced).collect();
        let issuer = name(issuer);
        let line = ActivityKind::CredentialReceived { credential: row.vct.clone(), issuer };
        let changes = record::put(record::credential_row(&row.id), &row)
            .and(self.session().log(line)?)
            .and(changed(&left))
            .and(described.map_or(Ok(ChangeSet::new()), |described| self.kept_of(described, &row.vct))?);
        self.session().commit_of(place::CREDENTIALS_STORED, |store| {
            Ok(changes.and(let_go(store, &row.id, Some(&left))?).and(unbound(store, unbinds)?))
        })?;
        keys.clear();
        *before = left;
        Ok(row)
    }

    fn kept_of(&self, described: &Described, vct: &str) -> Result<ChangeSet, WalletError> {
        Ok(described.changes(self.session().load(&record::names_row(vct))?))
    }
}

/// What is left of an issuance.
pub(super) fn changed(row: &IssuanceRow) -> ChangeSet {
    let at = issuance_row(&row.id);
    if row.is_over() { ChangeSet::new().delete(at) } else { record::put(at, row) }
}

/// A credential is refilled by no issuance but this one any more.
pub(super) fn let_go(
    store: &dyn Store,
    credential: &CredentialId,
    by: Option<&IssuanceRow>,
) -> Result<ChangeSet, WalletError> {
    let mut changes = ChangeSet::new();
    for mut row in record::issuances(store)? {
        let is_another = by.is_none_or(|by| by.id != row.id);
        if is_another && row.held.iter().any(|held| held.credential == *credential) {
            row.held.retain(|held| held.credential != *credential);
            changes = changes.and(changed(&row));
        }
    }
    Ok(changes)
}

impl WantedLine {
    /// Another of the kind is awaited.
    fn begin_anew(&mut self) {
        self.keys.clear();
        self.proofs.clear();
        self.transaction = None;
    }
}

/// The credential whose place this takes: the one that is refilled, or the same from before. One that she has removed meanwhile is not brought back.
fn replaced<'a>(
    held: &'a [CredentialRow],
    wanted: &WantedLine,
    row: &CredentialRow,
) -> Result<Option<&'a CredentialRow>, WalletError> {
    if let Some(refilled) = &wanted.refills {
        let old = held.iter().find(|old| old.id == *refilled && old.vct == row.vct);
        return old.map(Some).ok_or(WalletError::Invalid { input: Input::CredentialUnknown });
    }
    let content = row.sample()?.content();
    for old in held {
        let same = old.issuer == row.issuer && old.configuration == row.configuration;
        if same && old.sample()?.content() == content {
            return Ok(Some(old));
        }
    }
    Ok(None)
}
