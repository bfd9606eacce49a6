//! An offer is reviewed and accepted: OpenID4VCI 1.0. The sign-in in the browser is in `authorization`; how it goes on in `issuance`.

use crate::credential::issuance::Run;
use crate::credential::registry::Registered;
use crate::credential::web::{internal, of_issuance};
use crate::credential::{ReturnAddress, names_of};
use crate::error::{Input, Party, Reason, Subject, WalletError, mapping};
use crate::id::IssuanceId;
use crate::place;
use crate::record::{self, IssuanceRow, WantedLine, issuance_row};
use crate::view::{CredentialView, OfferReviewView};
use crate::wallet::Wallet;
use citizen_openid4vc::dcql::Format;
use citizen_openid4vc::vci::{Client, IssuanceSession, OfferReview as Offered, Step};
use citizen_primitives::{Place, UnixTime, random};
use citizen_store::ChangeSet;
use citizen_voting::manifest::Bilingual;

/// What the issuer calls what it offers (CARD-30).
pub(super) fn names_offered(offered: &Offered) -> ChangeSet {
    let said = offered.offer.configurations.iter().filter_map(|name| offered.issuer.configurations.get(name));
    said.filter_map(|said| Some((said.vct.as_deref()?, said)))
        .fold(ChangeSet::new(), |changes, (vct, said)| {
            changes.and(record::put(record::names_row(vct), &names_of(vct, said)))
        })
}

/// Copies that are asked for: presentations until it has to be issued again.
pub(super) const COPIES: usize = 10;
/// The most issuances that are awaited at once.
const MOST_AWAITED: usize = 16;

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
        let now = self.session().now();
        let session = IssuanceSession::open(link, self.client(), now, &mut *self.session().rng());
        self.look_at(session.map_err(|error| of_issuance(&error))?).await
    }

    /// Takes what was offered; `code` is what the citizen typed in, if a code is asked for. An unknown issuer gets no answer (CARD-1). Each credential is
    /// on the disk as it comes (CARD-20); an error says why one of them, or all, did not.
    ///
    /// If the issuer's answer is lost, the same is asked for again by [`Self::refresh_credentials`], or by this with the same offer (CARD-16). What the
    /// issuer puts off is not among what comes back: [`Self::pending_credentials`] has it, and [`Self::refresh_credentials`] asks for it (CARD-21).
    pub async fn accept_offer(
        &self,
        review: OfferReview,
        code: Option<&str>,
    ) -> Result<Vec<CredentialView>, WalletError> {
        self.session().touch()?;
        let (session, offered, issuer) = self.may_receive(review).await?;
        let _one_at_a_time = self.session().receiving.lock().await;
        let row = self.begin_issuance((&offered, &issuer), code)?;
        let id = row.id;
        let received = self.run_issuance(Run::new(session, row, issuer)?).await;
        if received == Err(WalletError::Cancelled) {
            self.forget_cancelled(&id)?;
        }
        received
    }

    /// She has stopped it herself: nothing of it comes later by itself. What has come is held.
    fn forget_cancelled(&self, id: &IssuanceId) -> Result<(), WalletError> {
        match self.session().load::<IssuanceRow>(&issuance_row(id))? {
            Some(row) if row.held.is_empty() => self.end_issuance(&row),
            _ => Ok(()),
        }
    }

    /// The wallet as a client of OAuth.
    pub(super) fn client(&self) -> Client {
        Client {
            reach: self.web_reach(),
            client_id: self.session().client_id.clone(),
            // Without one no sign-in is begun: it is sent nowhere.
            redirect_uri: self
                .session()
                .return_address
                .as_ref()
                .map(ReturnAddress::to_string)
                .unwrap_or_default(),
            copies: COPIES,
        }
    }

    /// From a session's beginning to its review, with who the issuer is.
    pub(super) async fn look_at(&self, mut session: IssuanceSession) -> Result<OfferReview, WalletError> {
        self.carry(&mut session, place::ASK_OFFER).await?;
        let Step::Review(offered) = session.next() else { return Err(internal("offer-step")) };
        must_be_held_here(&offered)?;
        let issuer = self.issuer_at(&offered.offer.issuer).await?;
        let record = issuer.as_ref().map(|issuer| &issuer.record);
        let view = OfferReviewView::new(&offered, record);
        Ok(OfferReview { session, offered, issuer, view })
    }

    /// CARD-1 and CARD-10, now: whoever was reviewed may issue this, and the phone is in her hands.
    pub(super) async fn may_receive(
        &self,
        review: OfferReview,
    ) -> Result<(IssuanceSession, Box<Offered>, Registered), WalletError> {
        let OfferReview { session, offered, issuer, view: _ } = review;
        let issuer = issuer.ok_or(WalletError::UnknownParty { claims_to_be: Party::Issuer })?;
        must_be_granted(&offered, &issuer)?;
        self.must_still_count(&issuer).await?;
        self.must_be_in_her_hands().await?;
        Ok((session, offered, issuer))
    }

    /// The same issuance if it was begun before, or a new one beside the others; on the disk before anything is sent for it (CARD-16).
    fn begin_issuance(
        &self,
        (offered, issuer): (&Offered, &Registered),
        code: Option<&str>,
    ) -> Result<IssuanceRow, WalletError> {
        let code = code.map(|code| code.trim().to_owned());
        let link = offered.offer.to_link();
        let same = self.issuances()?.into_iter().find(|row| row.offer.as_ref() == Some(&link));
        if !offered.pre_authorized && same.is_none() {
            return Err(WalletError::Invalid { input: Input::BrowserNeeded });
        }
        let row = match same {
            Some(row) if row.grant.is_none() => IssuanceRow { code, ..row },
            Some(row) => row,
            None => IssuanceRow { code, ..self.new_issuance((offered, issuer))? },
        };
        must_be_as_reviewed(&row, (offered, issuer))?;
        let changes = record::put(issuance_row(&row.id), &row).and(names_offered(offered));
        self.session().commit(place::ISSUANCE_BEGUN, changes)?;
        Ok(row)
    }

    /// **CARD-23** One more, beside those that are awaited, if there is room.
    pub(super) fn new_issuance(
        &self,
        (offered, issuer): (&Offered, &Registered),
    ) -> Result<IssuanceRow, WalletError> {
        let awaited = self.issuances()?.iter().filter(|row| row.awaited().next().is_some()).count();
        if awaited >= MOST_AWAITED {
            return Err(WalletError::Refused { by: Party::Phone, reason: Reason::TooManyAwaited });
        }
        let now = self.session().now();
        Ok(IssuanceRow {
            id: IssuanceId::generate(&mut *self.session().rng()),
            begun: now,
            issuer: offered.offer.issuer.as_str().to_owned(),
            certificate: issuer.thumbprint(),
            name: name(issuer),
            offer: Some(offered.offer.to_link()),
            code: None,
            returned: None,
            token_key: random::generate_array(&mut *self.session().rng()),
            grant: None,
            wanted: wanted(offered, now)?,
            held: Vec::new(),
        })
    }

    /// Sends until the session wants something else.
    pub(super) async fn carry(&self, session: &mut IssuanceSession, place: Place) -> Result<(), WalletError> {
        while let Step::Send(_) = session.next() {
            self.exchange(session, place).await?.map_err(|error| of_issuance(&error))?;
        }
        Ok(())
    }
}

impl OfferReview {
    /// **CARD-24** What an issuer says when it is asked again is what she has reviewed.
    pub(super) fn must_be_as_reviewed(&self, row: &IssuanceRow) -> Result<(), WalletError> {
        let issuer = self.issuer.as_ref();
        let issuer = issuer.ok_or(WalletError::UnknownParty { claims_to_be: Party::Issuer })?;
        must_be_as_reviewed(row, (&self.offered, issuer))
    }
}

/// CARD-24: by the same certificate, and of the same types.
fn must_be_as_reviewed(
    row: &IssuanceRow,
    (offered, issuer): (&Offered, &Registered),
) -> Result<(), WalletError> {
    let is_same_issuer =
        row.issuer == offered.offer.issuer.as_str() && row.certificate == issuer.thumbprint();
    let is_same = |wanted: &WantedLine| offered.vct(&wanted.configuration) == Some(wanted.vct.as_str());
    if is_same_issuer && row.wanted.iter().all(is_same) {
        Ok(())
    } else {
        Err(mapping::unverified(Subject::Answer, Party::Issuer))
    }
}

/// All that is offered, to be asked for at once.
fn wanted(offered: &Offered, now: UnixTime) -> Result<Vec<WantedLine>, WalletError> {
    let one = |configuration: &String| {
        let vct = offered.vct(configuration).ok_or(mapping::unverified(Subject::Answer, Party::Issuer))?;
        Ok(WantedLine {
            configuration: configuration.clone(),
            vct: vct.to_owned(),
            refills: None,
            keys: Vec::new(),
            proofs: Vec::new(),
            transaction: None,
            next: now,
        })
    };
    offered.offer.configurations.iter().map(one).collect()
}

/// **CARD-71** Of a format that is shown claim by claim: what can only be shown whole is not taken.
fn must_be_held_here(offered: &Offered) -> Result<(), WalletError> {
    let said = offered.offer.configurations.iter().filter_map(|name| offered.issuer.configurations.get(name));
    let mut formats = said.map(|said| Format::of(&said.format));
    if formats.all(|format| format == Format::SdJwtVc) {
        Ok(())
    } else {
        Err(WalletError::Invalid { input: Input::OfferKind })
    }
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
    party.name()
}

pub(super) fn of_signing(error: citizen_jose::SignError) -> WalletError {
    match error {
        citizen_jose::SignError::Keystore(error) => error.into(),
        _ => internal("token-signature"),
    }
}
