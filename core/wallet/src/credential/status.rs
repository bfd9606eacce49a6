//! Status lists: whole, of whoever signs them, as the ledger has them (CARD-5); kept until they are stale (CARD-43).

use crate::error::{Party, Subject, WalletError, mapping};
use crate::place;
use crate::record::{
    self, CredentialRow, StatusListRow, StatusPlace, StatusSeen, status_list_row, status_token_row,
};
use crate::view::StatusView;
use crate::wallet::{PAUSE, Wallet};
use citizen_credential::status::{
    Fetched, Status, StatusExpected, StatusReference, UnverifiedStatusList, VerifiedStatusList,
};
use citizen_ledger::StatusAnchor;
use citizen_openid4vc::http::{Endpoint, HttpRequest};
use citizen_primitives::order::set_of;
use citizen_primitives::{Hash, Seconds, UnixTime};
use citizen_store::{ChangeSet, Row};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The media type of a status list (Token Status List, section 5.1).
const STATUS_LIST: &str = "application/statuslist+jwt";
/// How often a list is fetched until it is the one that the ledger names.
const TRIES: u32 = 4;
/// How long a list that does not say it may be used without asking.
const UNSAID: Seconds = Seconds::new(86_400);

/// A list that its issuer has anchored as the newest, when it was looked at last.
pub(super) struct KnownList {
    list: VerifiedStatusList,
    row: StatusListRow,
}

/// Lists that were looked at, by certificate and address.
pub(super) type Lists = BTreeMap<(Hash, String), KnownList>;

/// Whether somebody is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// The ledger, whether what is kept is still the newest.
    Now,
    /// Nobody, about what is kept and not stale.
    IfStale,
}

impl Wallet {
    /// What the lists say of the copies.
    pub(super) async fn status_now(
        &self,
        row: &CredentialRow,
        lists: &mut Lists,
        look: Look,
    ) -> Result<StatusSeen, WalletError> {
        for uri in row.lists() {
            if let Entry::Vacant(missing) = lists.entry((row.certificate, uri.clone())) {
                missing.insert(self.status_list(row, uri, look).await?);
            }
        }
        let mut seen = StatusSeen { value: 0, version: 0, time: self.session().now() };
        for place in row.copies.iter().filter_map(|copy| copy.status.as_ref()) {
            let list = lists.get(&(row.certificate, place.uri.clone())).ok_or_else(wrong)?;
            seen.value = seen.value.max(value(list.status(place, self.session().now())?));
            seen.version = seen.version.max(list.row.version);
            seen.time = seen.time.min(list.row.fetched);
        }
        Ok(seen)
    }

    /// **CARD-44** How old what is known of a credential's status is.
    pub(super) fn status_view(&self, row: &CredentialRow) -> Result<StatusView, WalletError> {
        if row.lists().is_empty() {
            return Ok(StatusView::unlisted());
        }
        let Some(seen) = row.status else { return Ok(StatusView::unknown()) };
        let mut until = seen.time.plus(UNSAID);
        for uri in row.lists() {
            let list: Option<StatusListRow> = self.session().load(&status_list_row(&row.certificate, uri))?;
            // What was looked up before the list came that is kept now is as old as it was.
            let said = list.map(|list| seen.time.plus(list.until.since(list.fetched)).min(list.until));
            until = said.map_or(until, |said| said.min(until));
        }
        Ok(StatusView::known(seen.time, until, self.session().now()))
    }

    /// Whether its status was never looked up, or is stale.
    pub(super) fn is_status_due(&self, row: &CredentialRow) -> Result<bool, WalletError> {
        let status = self.status_view(row)?;
        Ok(["unknown", "stale"].contains(status.state()))
    }

    /// Lists of which no credential's status is read any more are kept no longer.
    pub(super) fn forget_old_lists(&self) -> Result<(), WalletError> {
        let held = self.held()?;
        let used =
            held.iter().flat_map(|row| row.lists().into_iter().map(|uri| (&row.certificate, uri.as_str())));
        let old: Vec<Row> =
            self.session().with(|open| Ok(record::other_status_lists(&*open.store, used)?))?;
        if old.is_empty() {
            return Ok(());
        }
        self.session().commit(place::STATUS_SEEN, old.into_iter().fold(ChangeSet::new(), ChangeSet::delete))
    }

    /// A whole list, if it is the one that the issuer has anchored. A new version is served a moment after its anchor stands: only a list
    /// that is still another after a while is wrong.
    async fn status_list(
        &self,
        row: &CredentialRow,
        uri: &str,
        look: Look,
    ) -> Result<KnownList, WalletError> {
        let kept = self.kept_list(row, uri)?;
        if let (Look::IfStale, Some(kept)) = (look, &kept)
            && self.session().now() < kept.row.until
        {
            return Ok(KnownList { list: kept.list.clone(), row: kept.row.clone() });
        }
        for _ in 1..TRIES {
            match self.anchored_list(row, uri, kept.as_ref()).await {
                Err(error) if error == wrong() => self.session().timer.sleep(PAUSE).await,
                answer => return answer,
            }
        }
        self.anchored_list(row, uri, kept.as_ref()).await
    }

    /// **CARD-43** The issuer is asked for a list only if the ledger names another than the one that is kept: over a connection of its own, as
    /// the ledger is.
    async fn anchored_list(
        &self,
        row: &CredentialRow,
        uri: &str,
        kept: Option<&KnownList>,
    ) -> Result<KnownList, WalletError> {
        let link = self.registry_link().await?;
        let anchored = link.ledger().status_anchor(place::ASK_STATE, &row.certificate, uri).await?;
        let anchored = anchored.ok_or_else(wrong)?.into_parts().0;
        let now = self.session().now();
        let kept = kept.filter(|kept| kept.row.token == anchored.token);
        let (list, token) = match kept {
            Some(kept) => (kept.list.clone(), None),
            None => {
                let token = self.fetch_list(uri, &anchored).await?;
                (self.verified(&token, row).await?, Some(token))
            }
        };
        let StatusAnchor { version, token: digest, .. } = anchored;
        let until = list.fresh_until(Fetched(now)).unwrap_or(now.plus(UNSAID));
        let known = StatusListRow { version, token: digest, fetched: now, until };
        let changes = record::put(status_list_row(&row.certificate, uri), &known);
        let changes = match token {
            Some(token) => changes.put(status_token_row(&row.certificate, uri), token),
            None => changes,
        };
        let _one_at_a_time = self.session().advancing.lock().await;
        if self.is_overtaken(row, uri, version)? {
            return Err(wrong());
        }
        self.session().commit(place::STATUS_SEEN, changes)?;
        Ok(KnownList { list, row: known })
    }

    /// **CARD-43** Whether a later version than this was kept meanwhile: a look that was slow takes back nothing that another has seen.
    fn is_overtaken(&self, row: &CredentialRow, uri: &str, version: u64) -> Result<bool, WalletError> {
        let kept: Option<StatusListRow> = self.session().load(&status_list_row(&row.certificate, uri))?;
        Ok(kept.is_some_and(|kept| kept.version > version))
    }

    /// Whether one of the lists that were looked at for a credential is no longer the newest that is known.
    pub(super) fn is_any_overtaken(&self, row: &CredentialRow, lists: &Lists) -> Result<bool, WalletError> {
        for uri in row.lists() {
            let Some(seen) = lists.get(&(row.certificate, uri.clone())) else { continue };
            if self.is_overtaken(row, uri, seen.row.version)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A list that came, under whoever has signed the credential.
    async fn verified(&self, token: &[u8], row: &CredentialRow) -> Result<VerifiedStatusList, WalletError> {
        let list = parse(token).ok_or_else(wrong)?;
        self.list_by_issuer(row, list, &expected(self.session().now())).await?.map_err(|_| wrong())
    }

    async fn fetch_list(&self, uri: &str, anchored: &StatusAnchor) -> Result<Vec<u8>, WalletError> {
        let address = Endpoint::parse(uri, self.web_reach()).map_err(|_| wrong())?;
        let answer = self.send_web(place::ASK_STATUS_LIST, &HttpRequest::get(&address, STATUS_LIST)).await?;
        let is_it = answer.is_success() && Hash::plain(&[answer.body.as_slice()]) == anchored.token;
        if is_it { Ok(answer.body) } else { Err(wrong()) }
    }

    /// A list as it was kept, verified again. Nothing of one that says no more, nor of one that a DID signed with another of its keys than the
    /// credential: whether it still has that key only its document says.
    fn kept_list(&self, row: &CredentialRow, uri: &str) -> Result<Option<KnownList>, WalletError> {
        let known: Option<StatusListRow> = self.session().load(&status_list_row(&row.certificate, uri))?;
        let Some(known) = known else { return Ok(None) };
        let token = status_token_row(&row.certificate, uri);
        let token = self.session().with(|open| Ok(open.store.load(&token)?))?;
        let list = token.filter(|token| Hash::plain(&[token.as_slice()]) == known.token);
        let list = list.map(|token| verified_again(&token, row, self.session().now()));
        Ok(list.flatten().map(|list| KnownList { list, row: known }))
    }
}

impl CredentialRow {
    /// In which lists its copies' statuses stand.
    fn lists(&self) -> Vec<&String> {
        let places = self.copies.iter().filter_map(|copy| copy.status.as_ref());
        set_of(places.map(|place| &place.uri)).into_iter().collect()
    }
}

impl KnownList {
    fn status(&self, place: &StatusPlace, now: UnixTime) -> Result<Status, WalletError> {
        let index = usize::try_from(place.index).map_err(|_| wrong())?;
        let reference = StatusReference::new(index, place.uri.clone());
        self.list.status_of(&reference, Fetched(self.row.fetched), now).map_err(|_| wrong())
    }
}

fn verified_again(token: &[u8], row: &CredentialRow, now: UnixTime) -> Option<VerifiedStatusList> {
    let list = parse(token)?;
    let Some(signer) = &row.signer.0 else {
        return list.verify_by(&row.sample().ok()?.chain?, &expected(now)).ok();
    };
    let is_its = list.header().kid.as_deref() == Some(signer.kid.as_str());
    let expected = StatusExpected { issuer: Some(signer.did()), ..expected(now) };
    list.verify(&signer.jwk().filter(|_| is_its)?, &expected).ok()
}

fn parse(token: &[u8]) -> Option<UnverifiedStatusList> {
    UnverifiedStatusList::parse(std::str::from_utf8(token).ok()?).ok()
}

const fn expected(now: UnixTime) -> StatusExpected<'static> {
    StatusExpected { now, issuer: None, longest: None }
}

const fn wrong() -> WalletError {
    mapping::unverified(Subject::StatusList, Party::Issuer)
}

/// Token Status List, section 7.1.
const fn value(status: Status) -> u8 {
    match status {
        Status::Valid => 0,
        Status::Invalid => 1,
        Status::Suspended => 2,
        Status::Other(value) => value,
    }
}
