//! She signs in: by a key that one service knows, and no other. The service is who the registry says it is: its registered name, which
//! the governors give, whatever its certificate and its address are today.

use crate::asked_for;
use crate::credential::receive::{name, of_signing};
use crate::credential::registry::Registered;
use crate::credential::web::{internal, of_presenting};
use crate::error::{Input, WalletError};
use crate::id::ServiceId;
use crate::place;
use crate::record::{self, ActivityKind, ServiceRow, SignInLine};
use crate::view::ServiceView;
use crate::wallet::Wallet;
use citizen_jose::{HardwareSigner, Signer as _};
use citizen_keys::{KeyAlias, TokenKey};
use citizen_openid4vc::vp::{HolderSession, Step};
use citizen_primitives::UnixTime;
use citizen_store::ChangeSet;
use std::sync::Arc;

/// A service that is about to know her, or to know her again.
pub(super) struct Account {
    row: ServiceRow,
    signer: HardwareSigner,
}

impl Wallet {
    /// Services that know her, by this phone's keys. The registry is not asked: the names are those of the last time.
    pub fn services(&self) -> Result<Vec<ServiceView>, WalletError> {
        self.session().touch()?;
        Ok(self.known_services()?.iter().filter_map(ServiceView::of).collect())
    }

    /// Removes the key by which a service knows her. The service hears nothing of it; next time it sees a new person.
    pub async fn forget_service(&self, id: &ServiceId) -> Result<(), WalletError> {
        self.session().touch()?;
        let one_at_a_time = self.session().approving.lock().await;
        let alone = self.session().advancing.lock().await;
        let row: Option<ServiceRow> = self.session().load(&record::service_row(id))?;
        let row = row.ok_or(WalletError::Invalid { input: Input::ServiceUnknown })?;
        let log = self.session().log(ActivityKind::ServiceForgotten { verifier: row.service.clone() })?;
        let changes = ChangeSet::new().delete(record::service_row(id)).and(log);
        self.commit_unbinding(place::SERVICE_FORGOTTEN, changes, vec![row.alias])?;
        drop((alone, one_at_a_time));
        self.clear_keys();
        Ok(())
    }

    /// What is kept of a service.
    pub(super) fn service_of(&self, verifier: &Registered) -> Result<Option<ServiceRow>, WalletError> {
        let service = name(verifier);
        Ok(self.known_services()?.into_iter().find(|row| row.service == service))
    }

    /// Tells the session by which key this service, and no other, knows her (CARD-12). A key that has never signed is made anew: that it is about to be made is
    /// on the disk before, so that none is left behind (CARD-11).
    pub(super) fn be_known(
        &self,
        session: &mut HolderSession,
        verifier: &Registered,
        host: &str,
    ) -> Result<Account, WalletError> {
        let known = self.service_of(verifier)?;
        let mut row = known.map_or_else(|| self.new_service(verifier), Ok)?;
        host.clone_into(&mut row.host);
        let keystore = Arc::clone(&self.session().keystore);
        let key = if row.signed.is_some() {
            TokenKey::open(keystore, &row.alias)?
        } else {
            self.session().commit(place::SERVICE_KEY, record::put(record::service_row(&row.id), &row))?;
            TokenKey::create(keystore, &row.alias)?
        };
        let key = key.asking_for(asked_for::sign_in(&row.service));
        let signer = HardwareSigner::new(key).map_err(|_| internal("service-key"))?;
        session.be_known_by(&signer.jwk(), self.session().now()).map_err(of_presenting)?;
        Ok(Account { row, signer })
    }

    /// Signs the ID token: the platform may ask for the finger.
    pub(super) fn sign_in(&self, session: &mut HolderSession, account: &Account) -> Result<(), WalletError> {
        let Step::SignIn(input) = session.next() else { return Err(internal("sign-in-step")) };
        let signature = account.signer.sign(&input).map_err(of_signing)?;
        session.sign_in(&signature, &mut *self.session().rng()).map_err(of_presenting)
    }

    /// What is written before the token leaves.
    pub(super) fn known_from_now_on(&self, account: &Account) -> Result<ChangeSet, WalletError> {
        let now = self.session().now();
        let first: Option<UnixTime> = account.row.signed.map(|(first, _)| first);
        let row = ServiceRow { signed: Some((first.unwrap_or(now), now)), ..account.row.clone() };
        let line =
            SignInLine { verifier: row.service.clone(), host: row.host.clone(), is_first: first.is_none() };
        let log = self.session().log(ActivityKind::SignedIn(Box::new(line)))?;
        Ok(record::put(record::service_row(&row.id), &row).and(log))
    }

    fn new_service(&self, verifier: &Registered) -> Result<ServiceRow, WalletError> {
        let id = ServiceId::generate(&mut *self.session().rng());
        let alias = KeyAlias::new(&format!("service-{id}")).map_err(|_| internal("alias"))?;
        Ok(ServiceRow { id, service: name(verifier), host: String::new(), alias, signed: None })
    }

    pub(super) fn known_services(&self) -> Result<Vec<ServiceRow>, WalletError> {
        self.session().with(|open| Ok(record::services(&*open.store)?))
    }
}
