//! What becomes of a case: the ledger says so. Once it is filed, the issuer hears of the loss; once it is over, it is forgotten.

use super::record::{APPROVED, Approved, DECIDED, Decided, Loss, SUPERSEDED, Superseded, superseded_key};
use super::{APPROVAL_LIFE, RecoveryOfficer};
use crate::db::{Rows as _, Writer};
use crate::error::ServiceError;
use crate::issuer::{LossAnswer, LossReport};
use crate::places;
use crate::run::{Stepped, Steps};
use async_trait::async_trait;
use citizen_client::api::Bytes;
use citizen_client::recovery::OfficerLoss;
use citizen_client::{CallError, Proven};
use citizen_ledger::custody::FiledCase;
use citizen_ledger::{CustodyRecord, state_key};
use citizen_primitives::{AccountId, RecoveryCaseId};
use std::collections::BTreeMap;
use std::sync::PoisonError;

/// The most cases in one question to the ledger: two records of each.
const MOST_AT_ONCE: usize = 16;

/// What is open, by account.
#[derive(Default)]
struct Open {
    approved: BTreeMap<AccountId, Approved>,
    decided: BTreeMap<RecoveryCaseId, Decided>,
    superseded: BTreeMap<(AccountId, RecoveryCaseId), Superseded>,
}

#[async_trait]
impl Steps for RecoveryOfficer {
    async fn step(&self) -> Result<Stepped, ServiceError> {
        let _one_at_a_time = self.following.lock().await;
        let open = self.open()?;
        let count = open.approved.len().saturating_add(open.decided.len());
        let count = count.saturating_add(open.superseded.len());
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        if count == 0 || !self.is_time() {
            return Ok(Stepped { moved: 0, open: count });
        }
        let mut moved: u32 = 0;
        let cases: Vec<_> = open.cases().collect();
        for some in cases.chunks(MOST_AT_ONCE) {
            let keys: Vec<_> = some
                .iter()
                .flat_map(|(account, case)| [state_key::custody(account), state_key::recovery_case(case)])
                .collect();
            let proven = self.party.prove(places::RECOVERY_ASK_STATE, &keys).await?.fresh()?;
            for (account, case) in some {
                moved = moved.saturating_add(u32::from(self.follow(account, case, &open, &proven).await?));
            }
        }
        Ok(Stepped { moved, open: count })
    }
}

impl RecoveryOfficer {
    /// How many cases are at which stage.
    pub fn cases(&self) -> Result<Vec<(&'static str, u64)>, ServiceError> {
        let open = self.open()?;
        let count = |filed: bool| open.approved.values().filter(|one| one.is_filed == filed).count();
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Ok(vec![
            ("approved", number(count(false))),
            ("filed", number(count(true))),
            ("decided", number(open.decided.len())),
        ])
    }

    fn open(&self) -> Result<Open, ServiceError> {
        self.party.db().read(|rows| {
            let mut open = Open::default();
            for (key, approved) in rows.all::<Approved>(APPROVED)? {
                let account = <[u8; 32]>::try_from(key.as_slice()).map_err(|_| ServiceError::Unavailable)?;
                open.approved.insert(AccountId::from_bytes(account), approved);
            }
            for (key, decided) in rows.all::<Decided>(DECIDED)? {
                let case = <[u8; 32]>::try_from(key.as_slice()).map_err(|_| ServiceError::Unavailable)?;
                open.decided.insert(RecoveryCaseId::from_bytes(case), decided);
            }
            for (key, superseded) in rows.all::<Superseded>(SUPERSEDED)? {
                let names = key.split_first_chunk::<32>().ok_or(ServiceError::Unavailable)?;
                let case = <[u8; 32]>::try_from(names.1).map_err(|_| ServiceError::Unavailable)?;
                let names = (AccountId::from_bytes(*names.0), RecoveryCaseId::from_bytes(case));
                open.superseded.insert(names, superseded);
            }
            Ok(open)
        })
    }

    /// Cases wait for days: the ledger is looked at once a second at most.
    fn is_time(&self) -> bool {
        let now = self.party.now();
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let is_time = looked.is_none_or(|looked| looked != now);
        *looked = Some(now);
        is_time
    }

    /// Goes on with one case; whether anything changed.
    async fn follow(
        &self,
        account: &AccountId,
        case: &RecoveryCaseId,
        open: &Open,
        proven: &Proven,
    ) -> Result<bool, ServiceError> {
        let custody = proven.get::<CustodyRecord>(&state_key::custody(account))?.into_parts().0;
        let recovery = custody.and_then(|custody| custody.recovery).filter(|open| open.case == *case);
        let is_open = recovery.is_some();
        // Those who have filed the case tell the issuer: others need not. Who filed one that is over stands nowhere any more, and an issuer that
        // did not answer until then is told by whoever approved it.
        let is_filer = recovery.is_none_or(|open| open.officers.contains(&self.party.id()));
        let filed = proven.get::<FiledCase>(&state_key::recovery_case(case))?.into_parts().0;
        if let Some(superseded) = open.superseded.get(&(*account, *case)) {
            let is_lost = filed.is_some() && is_filer;
            return self.follow_superseded((account, case), superseded, (is_lost, filed.is_some())).await;
        }
        let approved = open.approved.get(account).filter(|approved| approved.case == *case);
        let is_over = match approved {
            // Its name was used, and it is open no more; or it never came to be used.
            Some(approved) if filed.is_none() => self.party.now().since(approved.at) >= APPROVAL_LIFE,
            _ => !is_open,
        };
        // Nobody takes the place of what the ledger has, whether the issuer has heard of it or not.
        let is_new = approved.is_some_and(|approved| filed.is_some() && !approved.is_filed);
        if is_new {
            self.change(account, case, |approved| Approved { is_filed: true, ..approved })?;
        }
        // The phone is lost whatever becomes of the case: what it holds is revoked before the case is forgotten (RECOVERY-6).
        if let Some(approved) = approved.filter(|_| filed.is_some())
            && let Some(loss) = &approved.loss
        {
            if is_filer && !self.tell(loss).await? {
                return Ok(is_new);
            }
            self.change(account, case, |approved| Approved { loss: None, ..approved })?;
            return Ok(true);
        }
        if is_over {
            self.forget(account, case)?;
        }
        Ok(is_over)
    }

    /// **RECOVERY-7** Goes on with a request in the place of which another was approved: if the ledger has its case, the issuer is told of it as
    /// of any other; else it is forgotten in its time.
    async fn follow_superseded(
        &self,
        (account, case): (&AccountId, &RecoveryCaseId),
        superseded: &Superseded,
        (is_lost, is_filed): (bool, bool),
    ) -> Result<bool, ServiceError> {
        let waits = !is_filed && self.party.now().since(superseded.at) < APPROVAL_LIFE;
        if waits || is_lost && !self.tell(&superseded.loss).await? {
            return Ok(false);
        }
        let key = superseded_key(account, case);
        self.party.db().commit(places::RECOVERY_OVER, |writer: &Writer<'_>| {
            Ok::<_, ServiceError>(writer.remove(SUPERSEDED, &key)?)
        })?;
        Ok(true)
    }

    /// Tells the issuer; whether it has an answer. A city without an issuer has none to tell.
    async fn tell(&self, loss: &Loss) -> Result<bool, ServiceError> {
        let Some(issuer) = &self.issuer else { return Ok(true) };
        let Loss { number, name, birth_date } = loss.clone();
        let [number_text, name_text, day] =
            [&number, &name, &birth_date].map(|text| text.as_str().to_owned());
        // Signed: whoever guesses at her number elsewhere does not keep the issuer from hearing it (ISSUER-31).
        let word = self.party.sign(&OfficerLoss { number, name, birth_date, time: self.party.now() });
        let report = &LossReport {
            number: number_text,
            name: name_text,
            birth_date: day,
            officer: Some(Bytes::of(&word)),
        };
        let answer = issuer.post::<_, LossAnswer>(places::RECOVERY_REPORT_LOSS, "v1/issuer/losses", report);
        match answer.await {
            Ok(LossAnswer { revoked }) => {
                tracing::info!(revoked, "the issuer has heard of a loss");
                Ok(true)
            }
            // It knows nobody of that name: there is nothing to revoke.
            Err(CallError::Refused(body)) if body.code == "not-this-person" => Ok(true),
            Err(CallError::Stopped) => Err(ServiceError::Stopped),
            Err(error) => {
                tracing::warn!(%error, "the issuer has not heard of a loss yet");
                Ok(false)
            }
        }
    }

    fn change(
        &self,
        account: &AccountId,
        case: &RecoveryCaseId,
        change: impl FnOnce(Approved) -> Approved,
    ) -> Result<(), ServiceError> {
        self.party.db().commit(places::RECOVERY_FILED, |writer: &Writer<'_>| {
            let row: Option<Approved> = writer.find(APPROVED, account.as_bytes())?;
            // Another request may have come meanwhile.
            match row.filter(|row| row.case == *case) {
                Some(row) => Ok(writer.put(APPROVED, account.as_bytes(), &change(row))?),
                None => Ok(()),
            }
        })
    }

    fn forget(&self, account: &AccountId, case: &RecoveryCaseId) -> Result<(), ServiceError> {
        self.party.db().commit(places::RECOVERY_OVER, |writer: &Writer<'_>| {
            let row: Option<Approved> = writer.find(APPROVED, account.as_bytes())?;
            if row.is_some_and(|row| row.case == *case) {
                writer.remove(APPROVED, account.as_bytes())?;
            }
            Ok(writer.remove(DECIDED, case.as_bytes())?)
        })
    }
}

impl Open {
    /// Each case once.
    fn cases(&self) -> impl Iterator<Item = (AccountId, RecoveryCaseId)> {
        let approved = self.approved.iter().map(|(account, approved)| (approved.case, *account));
        let decided = self.decided.iter().map(|(case, decided)| (*case, decided.account));
        let superseded = self.superseded.keys().map(|(account, case)| (*case, *account));
        let cases: BTreeMap<RecoveryCaseId, AccountId> = superseded.chain(decided).chain(approved).collect();
        cases.into_iter().map(|(case, account)| (account, case))
    }
}
