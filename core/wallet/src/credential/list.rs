//! Credentials that are held: list, detail, and what the status lists say of them.

use crate::error::{Input, Party, Subject, WalletError, mapping};
use crate::id::CredentialId;
use crate::place;
use crate::record::{self, CredentialRow, StatusPlace, StatusSeen};
use crate::view::{CredentialDetailView, CredentialView};
use crate::wallet::{PAUSE, Wallet};
use citizen_credential::status::{
    Fetched, Status, StatusExpected, StatusReference, UnverifiedStatusList, VerifiedStatusList,
};
use citizen_openid4vc::http::{Endpoint, HttpRequest};
use citizen_primitives::Hash;
use citizen_primitives::order::set_of;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The media type of a status list (Token Status List, section 5.1).
const STATUS_LIST: &str = "application/statuslist+jwt";
/// How often a list is fetched until it is the one that the ledger names.
const TRIES: u32 = 4;

/// A list that its issuer has anchored as the newest.
struct AnchoredList {
    list: VerifiedStatusList,
    version: u64,
}

impl Wallet {
    /// All credentials, each verified again.
    pub fn credentials(&self) -> Result<Vec<CredentialView>, WalletError> {
        self.session().touch()?;
        self.held()?.iter().map(|row| self.credential_view(row)).collect()
    }

    /// A credential with its claims. Nothing of it is shown if its issuer cannot be proved.
    pub fn credential(&self, id: &CredentialId) -> Result<CredentialDetailView, WalletError> {
        self.session().touch()?;
        let row = self.held_row(id)?;
        let issuer = self.issuer_of(&row);
        let issuer = issuer.ok_or(mapping::unverified(Subject::Registry, Party::Phone))?;
        let names = self.names()?;
        let view = CredentialView::new(&row, Some(&issuer), self.session().now(), &names);
        Ok(CredentialDetailView::new(view, &row.sample()?, &issuer, &names))
    }

    /// Asks again for what an issuer has not answered or has put off (CARD-16, CARD-21), has issued again what runs out (CARD-22), asks the registry about the issuers and fetches the lists of statuses, whole: nobody learns whose status is looked at (CARD-5). A
    /// list counts if it is the one that its issuer has anchored on the ledger. One that cannot be had keeps no other credential from being
    /// refreshed; the first such error is the answer.
    pub async fn refresh_credentials(&self) -> Result<Vec<CredentialView>, WalletError> {
        self.session().touch()?;
        let mut lists = BTreeMap::new();
        let mut refreshed = self.pending_authorization().map(drop).and(self.finish_issuances().await);
        for row in self.held()? {
            refreshed = refreshed.and(self.refresh_one(&row, &mut lists).await);
        }
        refreshed?;
        self.credentials()
    }

    async fn refresh_one(
        &self,
        row: &CredentialRow,
        lists: &mut BTreeMap<(Hash, String), AnchoredList>,
    ) -> Result<(), WalletError> {
        let (is_registered, proof) = self.issuer_now(row).await?;
        let status = if is_registered { Some(self.status_now(row, lists).await?) } else { row.status };
        let _one_at_a_time = self.session().advancing.lock().await;
        // A presentation may have used a copy in the meantime; and a refill has brought others, with another proof.
        let now = self.session().load::<CredentialRow>(&record::credential_row(&row.id))?;
        let Some(mut now) = now.filter(|now| now.is_of_the_same_issuance(row)) else { return Ok(()) };
        (now.status, now.proof) = (status, proof);
        self.session().commit(place::STATUS_SEEN, record::put(record::credential_row(&now.id), &now))
    }

    /// What the lists say of the copies.
    async fn status_now(
        &self,
        row: &CredentialRow,
        lists: &mut BTreeMap<(Hash, String), AnchoredList>,
    ) -> Result<StatusSeen, WalletError> {
        let places = set_of(row.copies.iter().filter_map(|copy| copy.status.as_ref()));
        let uris = set_of(places.iter().map(|place| &place.uri));
        for uri in uris {
            let key = (row.certificate, uri.clone());
            if let Entry::Vacant(missing) = lists.entry(key) {
                missing.insert(self.status_list(row, uri).await?);
            }
        }
        let mut seen = StatusSeen { value: 0, version: 0, time: self.session().now() };
        for place in places {
            let list = lists.get(&(row.certificate, place.uri.clone()));
            let list = list.ok_or(mapping::unverified(Subject::StatusList, Party::Issuer))?;
            seen.value = seen.value.max(value(list.status(place, &seen)?));
            seen.version = seen.version.max(list.version);
        }
        Ok(seen)
    }

    /// A whole list, if it is the one that the issuer has anchored. A new version is served a moment after its anchor stands: only a list
    /// that is still another after a while is wrong.
    async fn status_list(&self, row: &CredentialRow, uri: &str) -> Result<AnchoredList, WalletError> {
        let another = mapping::unverified(Subject::StatusList, Party::Issuer);
        for _ in 1..TRIES {
            match self.anchored_list(row, uri).await {
                Err(error) if error == another => self.session().timer.sleep(PAUSE).await,
                answer => return answer,
            }
        }
        self.anchored_list(row, uri).await
    }

    async fn anchored_list(&self, row: &CredentialRow, uri: &str) -> Result<AnchoredList, WalletError> {
        let wrong = || mapping::unverified(Subject::StatusList, Party::Issuer);
        let ledger = self.link().await?.ledger();
        let anchored = ledger.status_anchor(place::ASK_STATE, &row.certificate, uri).await?;
        let anchored = anchored.ok_or_else(wrong)?;
        let address = Endpoint::parse(uri, self.web_reach()).map_err(|_| wrong())?;
        let answer = self.send_web(place::ASK_STATUS_LIST, &HttpRequest::get(&address, STATUS_LIST)).await?;
        if !answer.is_success() || Hash::plain(&[answer.body.as_slice()]) != anchored.value().token {
            return Err(wrong());
        }
        let token = std::str::from_utf8(&answer.body).map_err(|_| wrong())?;
        let list = UnverifiedStatusList::parse(token).map_err(|_| wrong())?;
        let now = self.session().now();
        let expected = StatusExpected { now, issuer: None, longest: None };
        let list = self.list_by_issuer(row, list, &expected).await?.map_err(|_| wrong())?;
        Ok(AnchoredList { list, version: anchored.value().version })
    }

    pub(super) fn held(&self) -> Result<Vec<CredentialRow>, WalletError> {
        self.session().with(|open| Ok(record::credentials(&*open.store)?))
    }

    pub(super) fn held_row(&self, id: &CredentialId) -> Result<CredentialRow, WalletError> {
        let row = self.session().load(&record::credential_row(id))?;
        row.ok_or(WalletError::Invalid { input: Input::CredentialUnknown })
    }

    pub(super) fn credential_view(&self, row: &CredentialRow) -> Result<CredentialView, WalletError> {
        row.sample()?;
        let names = self.names()?;
        Ok(CredentialView::new(row, self.issuer_of(row).as_ref(), self.session().now(), &names))
    }
}

impl AnchoredList {
    fn status(&self, place: &StatusPlace, seen: &StatusSeen) -> Result<Status, WalletError> {
        let wrong = || mapping::unverified(Subject::StatusList, Party::Issuer);
        let index = usize::try_from(place.index).map_err(|_| wrong())?;
        let reference = StatusReference::new(index, place.uri.clone());
        self.list.status_of(&reference, Fetched(seen.time), seen.time).map_err(|_| wrong())
    }
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
