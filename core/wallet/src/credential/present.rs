//! Credentials are shown, or not: what the citizen approved leaves once, by copies that were never shown before.

use crate::asked_for::{self, Shown};
use crate::credential::choice::PresentationChoice;
use crate::credential::copies::CheckedCopy;
use crate::credential::receive::{name, of_signing};
use crate::credential::registry::Registered;
use crate::credential::request::{PresentationReview, may_ask, may_see};
use crate::credential::web::{internal, of_approval, of_presenting, of_request};
use crate::error::{Input, Party, Reason, Subject, WalletError};
use crate::place;
use crate::record::{self, ActivityKind, CredentialRow, DisclosureLine};
use crate::view::PresentedView;
use crate::wallet::Wallet;
use citizen_credential::ClaimPath;
use citizen_credential::sd_jwt::Presentation;
use citizen_jose::{Algorithm, HardwareSigner, Signer as _};
use citizen_keys::{KeyAlias, SigningReason, TokenKey};
use citizen_openid4vc::dcql::{Candidate, Disclosure, Selection};
use citizen_openid4vc::vp::holder::claim_path;
use citizen_openid4vc::vp::{HolderSession, Insistence, Outcome, Review, Step, UnknownVerifiers, Verifier};
use citizen_primitives::{Place, Text};
use citizen_store::ChangeSet;
use citizen_voting::manifest::Bilingual;
use std::sync::Arc;

const UNKNOWN: WalletError = WalletError::UnknownParty { claims_to_be: Party::Verifier };

/// A copy that is about to be shown.
struct Showing {
    disclosure: Disclosure,
    vct: String,
    alias: KeyAlias,
    paths: Vec<ClaimPath>,
    copy: CheckedCopy,
}

impl Wallet {
    /// Shows what was chosen, to a verifier that the registry proves, and no more than the registry lets it ask for; and signs her in, if
    /// it asks for that. To one that it does not prove only if her choice insists and the wallet's policy lets her (CARD-32). The copies that are shown are used up on the disk before anything leaves (CARD-8).
    pub async fn present_credentials(
        &self,
        review: PresentationReview,
        choice: &PresentationChoice,
    ) -> Result<PresentedView, WalletError> {
        self.session().touch()?;
        let PresentationReview { mut session, verifier, asked, offered, .. } = review;
        let selection = choice.selection(&offered.options)?;
        match &verifier {
            Some(verifier) => self.must_still_count(verifier).await?,
            None => self.must_be_insisted_on(&asked, choice)?,
        }
        self.must_be_in_her_hands().await?;
        let one_at_a_time = self.session().approving.lock().await;
        let alone = self.session().advancing.lock().await;
        // While she waited for her turn, a freeze may have been signed here (CARD-42).
        self.must_still_be_in_her_hands()?;
        let (changes, used) = self.show(
            &mut session,
            (verifier.as_ref(), &asked),
            (&offered.candidates, &selection),
            Shown::Asked,
        )?;
        self.commit_unbinding(place::COPIES_USED, changes, used)?;
        // A verifier that is slow holds up no payment, and no freeze.
        drop((alone, one_at_a_time));
        let outcome = self.conclude(&mut session, place::SEND_PRESENTATION).await;
        self.clear_keys();
        match outcome? {
            Outcome::Presented(go_to) => {
                let go_to = go_to.map(|address| address.as_str().to_owned());
                Ok(match &verifier {
                    Some(verifier) => PresentedView::new(&verifier.name(), go_to, asked.sign_in.is_some()),
                    None => PresentedView::to_unknown(&asked.verifier.host, go_to),
                })
            }
            Outcome::Refused(_) | Outcome::NotTaken(_) => {
                Err(WalletError::Refused { by: Party::Verifier, reason: Reason::Other })
            }
        }
    }

    /// Brings a session from the citizen's choice to what is to be sent, signed in if that is asked: copies are used up and the log says by whom, in the changes that come
    /// back; they are to be on the disk before anything leaves (CARD-8). With them come the names of the keys that have done their work: they are unbound in the same commit (CARD-80).
    pub(super) fn show(
        &self,
        session: &mut HolderSession,
        (verifier, asked): (Option<&Registered>, &Review),
        (candidates, selection): (&[Candidate], &Selection),
        shown: Shown,
    ) -> Result<(ChangeSet, Vec<KeyAlias>), WalletError> {
        // Whoever comes here without a registered verifier was asked whether she insists.
        let insistence = if verifier.is_none() { Insistence::Yes } else { Insistence::No };
        session.approve(candidates, selection, insistence).map_err(of_approval)?;
        let (disclosures, signs_in) = match session.next() {
            Step::BeKnown(disclosures) => (disclosures, true),
            Step::Present(disclosures) => (disclosures, false),
            _ => return Err(internal("present-step")),
        };
        let mut rows = self.held()?;
        let showings = self.take_copies(&mut rows, disclosures)?;
        if let Some(verifier) = verifier {
            must_be_granted(verifier, &showings)?;
        }
        let account = match (signs_in, verifier) {
            (false, _) => None,
            (true, Some(verifier)) => Some(self.be_known(session, verifier, &asked.verifier.host)?),
            (true, None) => return Err(UNKNOWN),
        };
        let (names, named) = (self.names()?, verifier.map(Registered::name));
        let reason =
            |vct: &str| asked_for::showing(shown, &names.of_type(vct), named.as_ref(), &asked.verifier.host);
        self.sign_presentations(session, &showings, reason)?;
        if let Some(account) = &account {
            self.sign_in(session, account)?;
        }
        let lines = showings.iter().map(|showing| line(showing, verifier, &asked.verifier));
        let mut changes = ChangeSet::new();
        for line in lines {
            let line = Box::new(line);
            let line = match verifier {
                Some(_) => ActivityKind::Presented(line),
                None => ActivityKind::PresentedToUnknown(line),
            };
            changes = changes.and(self.session().log(line)?);
        }
        for row in rows.iter().filter(|row| showings.iter().any(|showing| row.holds(&showing.alias))) {
            changes = changes.and(record::put(record::credential_row(&row.id), row));
        }
        if let Some(account) = &account {
            changes = changes.and(self.known_from_now_on(account)?);
        }
        Ok((changes, showings.into_iter().map(|showing| showing.alias).collect()))
    }

    /// Shows nothing. A verifier that the registry proves is told so; anybody else hears nothing (CARD-6).
    pub async fn decline_presentation(&self, review: PresentationReview) -> Result<(), WalletError> {
        self.session().touch()?;
        let PresentationReview { mut session, verifier, asked, .. } = review;
        let host = asked.verifier.host.clone();
        let named = verifier.as_ref().map_or_else(|| nobody(&host), name);
        let log = self.session().log(ActivityKind::Declined { verifier: named, host: host.clone() })?;
        self.session().commit(place::REQUEST_DECLINED, log)?;
        if verifier.is_none() {
            return Ok(());
        }
        session.decline(&mut *self.session().rng()).map_err(of_approval)?;
        self.conclude(&mut session, place::SEND_REFUSAL).await.map(drop)
    }

    /// **CARD-32** An unknown verifier is shown something only where the app's policy lets a citizen insist, and she does. Nobody unknown
    /// comes to know her again.
    fn must_be_insisted_on(&self, asked: &Review, choice: &PresentationChoice) -> Result<(), WalletError> {
        let may = self.session().unknown_verifiers == UnknownVerifiers::IfInsisted && asked.sign_in.is_none();
        if may && choice.insistence == Insistence::Yes { Ok(()) } else { Err(UNKNOWN) }
    }

    async fn conclude(&self, session: &mut HolderSession, place: Place) -> Result<Outcome, WalletError> {
        loop {
            match session.next() {
                Step::Send(request) => {
                    let answer = self.send_web(place, &request).await?;
                    session.answer(&answer).map_err(|error| of_request(&error))?;
                }
                Step::Done(outcome) => return Ok(outcome),
                _ => return Err(internal("present-step")),
            }
        }
    }

    /// For every presentation a copy that was never shown (CARD-8, CARD-81).
    fn take_copies(
        &self,
        rows: &mut [CredentialRow],
        disclosures: Vec<Disclosure>,
    ) -> Result<Vec<Showing>, WalletError> {
        let now = self.session().now();
        let mut showings = Vec::new();
        for disclosure in disclosures {
            let row = rows.iter_mut().find(|row| row.id.candidate() == disclosure.candidate);
            let row = row.ok_or(WalletError::Invalid { input: Input::CredentialUnknown })?;
            // The review may be old.
            if !row.is_good(now) {
                return Err(WalletError::Expired { what: Subject::Review });
            }
            let copy = row.copies.iter_mut().find(|copy| copy.used.is_none());
            let copy = copy.ok_or(WalletError::Invalid { input: Input::CopiesUsed })?;
            copy.used = Some(now);
            let paths = disclosure.claims.iter().map(claim_path).collect::<Option<_>>();
            let paths = paths.ok_or(internal("claim-path"))?;
            let alias = copy.alias.clone();
            let token = copy.token.clone();
            let copy = row.check(&token).map_err(|_| WalletError::StoreDamaged)?;
            showings.push(Showing { disclosure, vct: row.vct.clone(), alias, paths, copy });
        }
        Ok(showings)
    }

    /// Presentations of just what was approved, signed by the copies' keys: the platform may ask for the finger.
    fn sign_presentations(
        &self,
        session: &mut HolderSession,
        showings: &[Showing],
        reason: impl Fn(&str) -> SigningReason,
    ) -> Result<(), WalletError> {
        let made: Vec<(Presentation, Algorithm)> = showings
            .iter()
            .map(|showing| Ok((showing.presentation()?, Algorithm::Es256)))
            .collect::<Result<_, WalletError>>()?;
        session.present(made, self.session().now()).map_err(of_presenting)?;
        let Step::Sign(inputs) = session.next() else { return Err(internal("sign-step")) };
        let bound = showings.iter().filter(|showing| showing.disclosure.holder_binding);
        let mut signatures = Vec::new();
        for ((_, input), showing) in inputs.iter().zip(bound) {
            let key = TokenKey::open(Arc::clone(&self.session().keystore), &showing.alias)?;
            let key = key.asking_for(reason(&showing.vct));
            let signer = HardwareSigner::new(key).map_err(|_| internal("copy-key"))?;
            signatures.push(signer.sign(input).map_err(of_signing)?);
        }
        session.sign(&signatures, &mut *self.session().rng()).map_err(of_presenting)
    }
}

impl Showing {
    fn presentation(&self) -> Result<Presentation, WalletError> {
        self.copy.held.select_whole(&self.paths).map_err(|_| internal("select"))
    }

    /// Claims that are shown with those that were chosen.
    fn beside(&self) -> Vec<ClaimPath> {
        self.copy.shown_beside(&self.paths).into_iter().map(|(path, _)| path).collect()
    }
}

impl CredentialRow {
    fn holds(&self, alias: &KeyAlias) -> bool {
        self.copies.iter().any(|copy| copy.alias == *alias)
    }
}

/// CARD-7: nothing is shown that the registry does not let this verifier ask for, nor beside what it asks for.
fn must_be_granted(verifier: &Registered, showings: &[Showing]) -> Result<(), WalletError> {
    let record = verifier.record.value();
    let is_granted = |showing: &Showing| {
        record.covers(&showing.vct)
            && showing.disclosure.claims.iter().all(|claim| may_ask(record, &showing.vct, claim))
            && showing.beside().iter().all(|claim| may_see(record, &showing.vct, claim))
    };
    if showings.iter().all(is_granted) {
        Ok(())
    } else {
        Err(WalletError::Refused { by: Party::Phone, reason: Reason::BeyondGrant })
    }
}

/// Whoever is only an address.
fn nobody(host: &str) -> Bilingual {
    let text = Text::new(host).unwrap_or_default();
    Bilingual { ko: text.clone(), en: text }
}

/// What the log keeps of a presentation.
fn line(showing: &Showing, verifier: Option<&Registered>, asked: &Verifier) -> DisclosureLine {
    let grants = verifier.into_iter().flat_map(|verifier| &verifier.record.value().grants);
    let mut grants = grants.filter(|grant| grant.credential.as_str() == showing.vct);
    let purpose = grants.find_map(|grant| {
        let is_said = !grant.purpose_ko.as_str().is_empty();
        is_said.then(|| Bilingual { ko: grant.purpose_ko.clone(), en: grant.purpose_en.clone() })
    });
    let claims = showing.paths.iter().cloned().chain(showing.beside()).map(|path| path.to_string());
    DisclosureLine {
        verifier: verifier.map_or_else(|| nobody(&asked.host), name),
        host: asked.host.clone(),
        credential: showing.vct.clone(),
        claims: claims.collect(),
        purpose,
    }
}
