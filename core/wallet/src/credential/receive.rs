//! A credential is received: OpenID4VCI 1.0 with a pre-authorised code, from the offer to the issuer's being told.
//!
//! Keys are made in the key store, one for each copy; copies are checked and on the disk before the issuer hears that they came.

use crate::credential::batch::{CopyKey, Origin, check_batch, check_refill, copy_key};
use crate::credential::names_of;
use crate::credential::registry::Registered;
use crate::credential::unanswered::may_be_answered;
use crate::credential::web::{internal, of_issuance};
use crate::error::{Party, Reason, Subject, WalletError, mapping};
use crate::id::CredentialId;
use crate::place;
use crate::record::{self, ActivityKind, CredentialRow, ReceivingRow, UnansweredRow, unanswered_row};
use crate::view::{CredentialView, OfferReviewView};
use crate::wallet::Wallet;
use citizen_jose::Signer as _;
use citizen_keys::{KeyAlias, TokenKey};
use citizen_openid4vc::vci::{
    Acceptance, Client, Flow, IssuanceSession, Issued, NotificationEvent, OfferReview as Offered, Step,
};
use citizen_primitives::{Place, Seconds, random};
use citizen_store::ChangeSet;
use citizen_voting::manifest::Bilingual;
use std::time::Duration;
use zeroize::Zeroizing;

/// Copies that are asked for: presentations until it has to be issued again.
const COPIES: usize = 10;
/// How the wallet is called as a client of OAuth; every citizen's alike.
const CLIENT: &str = "seoul-citizen-wallet";
/// Where a browser would come back to; no offer of that kind is taken yet.
const BACK: &str = "https://wallet.seoul.example/back";
/// The longest wait for a deferred credential, and how often it is waited.
const LONGEST_WAIT: Seconds = Seconds::new(60);
const MOST_WAITS: u32 = 10;

/// What is offered, by whom. Nothing has happened yet but that the issuer was asked.
pub struct OfferReview {
    session: IssuanceSession,
    offered: Box<Offered>,
    issuer: Option<Registered>,
    view: OfferReviewView,
}

impl OfferReview {
    /// For a screen.
    #[must_use]
    pub const fn view(&self) -> &OfferReviewView {
        &self.view
    }
}

impl std::fmt::Debug for OfferReview {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OfferReview(hidden)")
    }
}

impl Wallet {
    /// Reads an offer out of a QR code or a link, asks the issuer what it is, and the registry who the issuer is.
    pub async fn review_offer(&self, link: &str) -> Result<OfferReview, WalletError> {
        self.session().touch()?;
        let client = Client {
            reach: self.web_reach(),
            client_id: CLIENT.to_owned(),
            redirect_uri: BACK.to_owned(),
            copies: COPIES,
        };
        let now = self.session().now();
        let session = IssuanceSession::open(link, client, now, &mut *self.session().rng());
        let mut session = session.map_err(|error| of_issuance(&error))?;
        self.carry(&mut session, place::ASK_OFFER).await?;
        let Step::Review(offered) = session.next() else { return Err(internal("offer-step")) };
        let issuer = self.issuer_at(&offered.offer.issuer).await?;
        let record = issuer.as_ref().map(|issuer| &issuer.record);
        let view = OfferReviewView::new(&offered, record);
        Ok(OfferReview { session, offered, issuer, view })
    }

    /// Takes what was offered; `code` is what the citizen typed in, if a code is asked for. An unknown issuer gets no answer (CARD-1).
    ///
    /// If the issuer's answer is lost, the same is asked for again by [`Self::refresh_credentials`], or by this with the same offer (CARD-16).
    pub async fn accept_offer(
        &self,
        review: OfferReview,
        code: Option<&str>,
    ) -> Result<Vec<CredentialView>, WalletError> {
        self.session().touch()?;
        let OfferReview { session, offered, issuer, view: _ } = review;
        let issuer = issuer.ok_or(WalletError::UnknownParty { claims_to_be: Party::Issuer })?;
        must_be_granted(&offered, &issuer)?;
        self.must_still_count(&issuer).await?;
        self.must_be_in_her_hands().await?;
        let _one_at_a_time = self.session().receiving.lock().await;
        let begun = self.begin_issuance(session, offered.offer.to_link(), code)?;
        let (mut session, mut asked, mut keys) = begun;
        let issued = match self.ask(&mut session, &offered, (&mut asked, &mut keys)).await {
            Ok(issued) => issued,
            Err(error) if may_be_answered(&error) => return Err(error),
            Err(error) => {
                self.clear_unfinished()?;
                return Err(error);
            }
        };
        let alone = self.session().advancing.lock().await;
        let stored = self.store(&issued, &keys, (&offered, &issuer));
        drop(alone);
        let event = if stored.is_ok() { NotificationEvent::Accepted } else { NotificationEvent::Failure };
        // The issuer is told if it can be reached; what is held is held.
        let settled = session.settle(event, self.session().now(), &mut *self.session().rng());
        if settled.is_ok() {
            drop(self.carry(&mut session, place::SEND_ISSUANCE_END).await);
        }
        self.clear_unfinished()?;
        stored?.iter().map(|row| self.credential_view(row)).collect()
    }

    /// From the citizen's word to what the issuer issues.
    async fn ask(
        &self,
        session: &mut IssuanceSession,
        offered: &Offered,
        (asked, keys): (&mut UnansweredRow, &mut Vec<CopyKey>),
    ) -> Result<Vec<Issued>, WalletError> {
        let flow = Flow::PreAuthorized(asked.code.clone().map(Zeroizing::new));
        let acceptance = Acceptance { configurations: offered.offer.configurations.clone(), flow };
        let now = self.session().now();
        session.accept(&acceptance, now, &mut *self.session().rng()).map_err(|error| of_issuance(&error))?;
        self.carry(session, place::SEND_GRANT).await?;
        self.collect(session, asked, keys).await
    }

    /// Sends until the session wants something else.
    async fn carry(&self, session: &mut IssuanceSession, place: Place) -> Result<(), WalletError> {
        while let Step::Send(request) = session.next() {
            let answer = self.send_web(place, &request).await?;
            if answer.status >= 500 {
                // It says nothing of what was asked.
                return Err(WalletError::Refused { by: Party::Issuer, reason: Reason::Unavailable });
            }
            let now = self.session().now();
            session.answer(&answer, now, &mut *self.session().rng()).map_err(|error| of_issuance(&error))?;
        }
        Ok(())
    }

    /// From the token to the credentials: keys for every batch, proofs, waits.
    async fn collect(
        &self,
        session: &mut IssuanceSession,
        asked: &mut UnansweredRow,
        keys: &mut Vec<CopyKey>,
    ) -> Result<Vec<Issued>, WalletError> {
        let (mut proving, mut waits) = (0, 0);
        let mut sent = asked.proofs.clone().into_iter();
        loop {
            let now = self.session().now();
            match session.next() {
                Step::Send(_) => self.carry(session, place::SEND_KEY_PROOFS).await?,
                Step::Keys { most, algorithms } => {
                    if !algorithms.iter().any(|name| name == "ES256") {
                        return Err(WalletError::Invalid { input: crate::error::Input::OfferKind });
                    }
                    if let Some(proofs) = sent.next() {
                        let repeated = session.repeat(proofs, now, &mut *self.session().rng());
                        repeated.map_err(|error| of_issuance(&error))?;
                        continue;
                    }
                    proving = keys.len();
                    self.make_keys(most, keys)?;
                    let fresh = keys.iter().skip(proving).map(|key| key.signer.jwk()).collect();
                    session.keys(fresh, now).map_err(|error| of_issuance(&error))?;
                }
                Step::Sign(inputs) => {
                    let signers = keys.iter().skip(proving).map(|key| &key.signer);
                    let signed = inputs.iter().zip(signers).map(|(input, signer)| signer.sign(input));
                    let signatures: Vec<[u8; 64]> = signed.collect::<Result<_, _>>().map_err(of_signing)?;
                    session
                        .sign(&signatures, now, &mut *self.session().rng())
                        .map_err(|error| of_issuance(&error))?;
                    asked.proofs.extend(session.proofs().map(<[String]>::to_vec));
                    self.session().commit(place::KEY_PROOFS, record::put(unanswered_row(), asked))?;
                }
                Step::Wait(seconds) if seconds <= LONGEST_WAIT && waits < MOST_WAITS => {
                    waits += 1;
                    self.session().timer.sleep(Duration::from_secs(seconds.count())).await;
                    let now = self.session().now();
                    session.renew(now, &mut *self.session().rng()).map_err(|error| of_issuance(&error))?;
                }
                Step::Wait(_) => {
                    return Err(WalletError::Refused { by: Party::Issuer, reason: Reason::Unavailable });
                }
                Step::Received(issued) => return Ok(issued),
                Step::Review(_) | Step::Browse(_) | Step::Done => return Err(internal("issuance-step")),
            }
        }
    }

    /// Makes keys; that they are about to be made is on the disk before, so that none is left behind (CARD-3).
    fn make_keys(&self, most: usize, keys: &mut Vec<CopyKey>) -> Result<(), WalletError> {
        let fresh: Vec<KeyAlias> =
            (0..most.min(COPIES)).map(|_| self.fresh_alias()).collect::<Result<_, _>>()?;
        let aliases = keys.iter().map(|key| key.alias.clone()).chain(fresh.iter().cloned()).collect();
        let change = record::put(record::receiving_row(), &ReceivingRow { aliases });
        self.session().commit(place::COPY_KEYS, change)?;
        for alias in fresh {
            let key = TokenKey::create(std::sync::Arc::clone(&self.session().keystore), &alias)?;
            keys.push(copy_key(alias, key)?);
        }
        Ok(())
    }

    fn fresh_alias(&self) -> Result<KeyAlias, WalletError> {
        let name: [u8; 16] = random::generate_array(&mut *self.session().rng());
        let name = u128::from_be_bytes(name);
        KeyAlias::new(&format!("card-{name:032x}")).map_err(|_| internal("alias"))
    }

    /// Checks everything that came and writes it, with the log, in one commit.
    fn store(
        &self,
        issued: &[Issued],
        keys: &[CopyKey],
        (offered, issuer): (&Offered, &Registered),
    ) -> Result<Vec<CredentialRow>, WalletError> {
        let now = self.session().now();
        let held = self.session().with(|open| Ok(record::credentials(&*open.store)?))?;
        let mut changes = ChangeSet::new();
        let (mut rows, mut replaced) = (Vec::new(), Vec::new());
        for batch in issued {
            let id = CredentialId::generate(&mut *self.session().rng());
            let said = offered.issuer.configurations.get(&batch.configuration);
            let vct = said.and_then(|said| said.vct.as_deref());
            let address = offered.offer.issuer.as_str();
            let origin = Origin { issuer: address, registered: issuer, vct, now, reach: self.web_reach() };
            let mut row = check_batch(id, batch, keys, &origin)?;
            if let Some(old) = refilled(&held, &row)? {
                check_refill(old, &row)?;
                row.id = old.id;
                replaced.extend(old.copies.iter().map(|copy| copy.alias.clone()));
            }
            let issuer = name(issuer);
            let line = ActivityKind::CredentialReceived { credential: row.vct.clone(), issuer };
            changes = changes.and(record::put(record::credential_row(&row.id), &row));
            if let Some(said) = said {
                changes = changes.and(record::put(record::names_row(&row.vct), &names_of(&row.vct, said)));
            }
            changes = changes.and(self.session().log(line)?);
            rows.push(row);
        }
        let is_kept = |alias: &KeyAlias| {
            rows.iter().any(|row: &CredentialRow| row.copies.iter().any(|copy| copy.alias == *alias))
        };
        let unused = keys.iter().map(|key| key.alias.clone()).filter(|alias| !is_kept(alias));
        let aliases = unused.chain(replaced).collect();
        let changes = changes.and(record::put(record::receiving_row(), &ReceivingRow { aliases }));
        let changes = changes.delete(unanswered_row());
        self.session().commit(place::CREDENTIALS_STORED, changes)?;
        Ok(rows)
    }

    /// What an issuance has left: keys without a credential, and what was asked for.
    pub(super) fn clear_unfinished(&self) -> Result<(), WalletError> {
        let left = self.session().with(|open| Ok(record::receiving(&*open.store)?))?;
        if self.unanswered()?.is_some() {
            // Before its keys go: nothing is asked for whose keys are gone.
            let change = ChangeSet::new().delete(unanswered_row());
            self.session().commit(place::COPY_KEYS_CLEARED, change)?;
        }
        let Some(left) = left else { return Ok(()) };
        self.delete_keys(left.aliases.iter());
        let change = ChangeSet::new().delete(record::receiving_row());
        self.session().commit(place::COPY_KEYS_CLEARED, change)
    }

    /// Deletes keys that nothing is bound to any more. A key that cannot be deleted does no harm: nobody can ask for its signature.
    pub(crate) fn delete_keys<'a>(&self, aliases: impl Iterator<Item = &'a KeyAlias>) {
        for alias in aliases {
            if TokenKey::delete(&*self.session().keystore, alias).is_err() {
                tracing::debug!("a key of a credential is left in the key store");
            }
        }
    }
}

/// The same credential from before, whose place a refill takes.
fn refilled<'a>(
    held: &'a [CredentialRow],
    row: &CredentialRow,
) -> Result<Option<&'a CredentialRow>, WalletError> {
    let content = row.sample()?.content();
    for old in held {
        let same = old.issuer == row.issuer && old.configuration == row.configuration;
        if same && old.sample()?.content() == content {
            return Ok(Some(old));
        }
    }
    Ok(None)
}

/// CARD-1: the registry lets it issue every type that it offers.
fn must_be_granted(offered: &Offered, issuer: &Registered) -> Result<(), WalletError> {
    for name in &offered.offer.configurations {
        let said = offered.issuer.configurations.get(name);
        let vct = said.and_then(|said| said.vct.as_deref());
        let vct = vct.ok_or(mapping::unverified(Subject::Answer, Party::Issuer))?;
        if !issuer.record.value().covers(vct) {
            return Err(WalletError::Refused { by: Party::Phone, reason: Reason::BeyondGrant });
        }
    }
    Ok(())
}

/// A registered party's name.
pub(super) fn name(party: &Registered) -> Bilingual {
    let record = party.record.value();
    Bilingual { ko: record.name_ko.clone(), en: record.name_en.clone() }
}

pub(super) fn of_signing(error: citizen_jose::SignError) -> WalletError {
    match error {
        citizen_jose::SignError::Keystore(error) => error.into(),
        _ => internal("token-signature"),
    }
}
