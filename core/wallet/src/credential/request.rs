//! Somebody asks for credentials: OpenID4VP 1.0 from the link to the review. Nothing is shown yet.

use crate::credential::choice::PresentationChoice;
use crate::credential::copies::CheckedCopy;
use crate::credential::did::Asker;
use crate::credential::registry::Registered;
use crate::credential::web::{internal, of_request};
use crate::error::{Party, Subject, WalletError, mapping};
use crate::id::CredentialId;
use crate::place;
use crate::record::CredentialRow;
use crate::view::{PresentationReviewView, StatusView};
use crate::wallet::Wallet;
use citizen_credential::ClaimPath;
use citizen_ledger::{CertificateRecord, CertificateRole};
use citizen_openid4vc::dcql::{Candidate, ClaimsPointer, Component, Format, Options};
use citizen_openid4vc::vp::identity::REQUEST_TYPE;
use citizen_openid4vc::vp::{
    HolderSession, Known, Outcome, Prefix, Profile, Question, Review, Step, TransactionType, UnknownVerifiers,
};

/// By what this wallet can know a verifier (VP-20).
const KNOWN_BY: [Prefix; 5] = Prefix::ALL;

/// A request, who asks, and what could be shown. It is answered once: [`Wallet::present_credentials`] or [`Wallet::decline_presentation`].
pub struct PresentationReview {
    pub(super) session: HolderSession,
    pub(super) verifier: Option<Registered>,
    pub(super) asked: Box<Review>,
    pub(super) offered: Offered,
    view: PresentationReviewView,
}

/// A request that was followed to what is asked.
pub(super) struct Opened {
    pub(super) session: HolderSession,
    pub(super) verifier: Option<Registered>,
    pub(super) asked: Box<Review>,
}

/// What this wallet has for a request.
pub(super) struct Offered {
    pub(super) candidates: Vec<Candidate>,
    pub(super) options: Options,
}

/// A credential that could be shown.
pub(crate) struct Showable {
    pub(crate) row: CredentialRow,
    pub(crate) copy: CheckedCopy,
    pub(crate) status: StatusView,
}

impl PresentationReview {
    /// For a screen.
    #[must_use]
    pub const fn view(&self) -> &PresentationReviewView {
        &self.view
    }

    /// The least that answers the request, by the verifier's own order. Nothing if it cannot be answered.
    #[must_use]
    pub fn suggested(&self) -> Option<PresentationChoice> {
        PresentationChoice::of(&self.offered.options.preferred()?)
    }
}

impl std::fmt::Debug for PresentationReview {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PresentationReview(hidden)")
    }
}

impl Wallet {
    /// Reads a request out of a QR code or a link, asks the registry who asks, and looks what could be shown.
    pub async fn review_presentation(&self, link: &str) -> Result<PresentationReview, WalletError> {
        self.session().touch()?;
        let policy = self.session().unknown_verifiers;
        let Opened { session, verifier, asked } = self.open_request(link, Vec::new(), policy).await?;
        let showable = self.showable()?;
        let candidates: Vec<Candidate> = showable.iter().map(Showable::candidate).collect();
        let options = asked.query.evaluate(&candidates);
        let record = verifier.as_ref().map(|verifier| &verifier.record);
        let name = verifier.as_ref().map(Registered::name);
        let known = verifier.as_ref().map(|verifier| self.service_of(verifier)).transpose()?.flatten();
        let shown = (showable.as_slice(), known.as_ref(), &self.names()?);
        let view = PresentationReviewView::new(&asked, (record, name), &options, shown, policy);
        Ok(PresentationReview { session, verifier, asked, offered: Offered { candidates, options }, view })
    }

    /// Follows a link to what is asked, and by whom. Transaction data may be of these types alone (VP-7).
    pub(super) async fn open_request(
        &self,
        link: &str,
        transactions: Vec<TransactionType>,
        unknown_verifiers: UnknownVerifiers,
    ) -> Result<Opened, WalletError> {
        let reach = self.web_reach();
        let prefixes = KNOWN_BY.into();
        let profile = Profile { reach, transactions, unknown_verifiers, prefixes, ..Profile::default() };
        let session = HolderSession::open(link, profile, &mut *self.session().rng());
        let mut session = session.map_err(|error| of_request(&error))?;
        let (mut verifier, mut host) = (None, None);
        let asked = loop {
            match session.next() {
                Step::Send(request) => {
                    let is_fetch = request.header("accept").is_some_and(|kind| kind.ends_with(REQUEST_TYPE));
                    // CARD-6: nobody unknown is told even that something is wrong with the request.
                    if !is_fetch && verifier.is_none() {
                        return Err(WalletError::UnknownParty { claims_to_be: Party::Verifier });
                    }
                    let place = if is_fetch { place::ASK_REQUEST } else { place::SEND_REFUSAL };
                    let answer = self.send_web(place, &request).await?;
                    session.answer(&answer).map_err(|error| of_request(&error))?;
                }
                Step::Identify(question) => {
                    let asker = self.identify(question).await?;
                    (verifier, host) = (asker.registered, asker.host);
                    let known = asker.known;
                    let now = self.session().now();
                    session
                        .identify(known, now, &mut *self.session().rng())
                        .map_err(|error| of_request(&error))?;
                }
                Step::Review(asked) => break asked,
                Step::Done(Outcome::Refused(_)) => {
                    return Err(mapping::unverified(Subject::Request, Party::Verifier));
                }
                Step::BeKnown(_) | Step::Present(_) | Step::Sign(_) | Step::SignIn(_) | Step::Done(_) => {
                    return Err(internal("request-step"));
                }
            }
        };
        // CARD-13: a DID names no host by itself; its document does.
        let by_itself = verifier.as_ref().filter(|verifier: &&Registered| verifier.attested.is_none());
        let did = by_itself.and_then(|verifier| verifier.did.as_ref());
        let is_elsewhere = did.is_some_and(|did| !did.names_host(&asked.verifier.host))
            || host.is_some_and(|host| host != asked.verifier.host);
        if is_elsewhere {
            return Err(mapping::unverified(Subject::Request, Party::Verifier));
        }
        Ok(Opened { session, verifier, asked })
    }

    /// Certificates and DIDs are looked up in the registry.
    async fn identify(&self, question: Question) -> Result<Asker, WalletError> {
        let chain = match question {
            Question::Certificates(chain) => chain,
            Question::Did { did, key } => return self.identify_did(&did, &key).await,
            Question::Attester(attester) => return self.identify_attested(&attester).await,
        };
        let registered = self.registered(CertificateRole::Verifier, &chain).await?;
        let anchors = registered.iter().map(Registered::anchor).collect();
        Ok(Asker { registered, known: Known::Anchors(anchors), host: None })
    }

    /// Credentials with a copy left, in their time, not said to be revoked, of issuers that are proved.
    pub(super) fn showable(&self) -> Result<Vec<Showable>, WalletError> {
        let now = self.session().now();
        let mut showable = Vec::new();
        for row in self.held()? {
            if !row.is_good(now) || row.unused().next().is_none() {
                continue;
            }
            if self.issuer_of(&row).is_some() {
                let copy = row.sample()?;
                let status = self.status_view(&row)?;
                showable.push(Showable { row, copy, status });
            }
        }
        Ok(showable)
    }
}

impl Showable {
    pub(super) fn candidate(&self) -> Candidate {
        Candidate {
            id: self.row.id.candidate(),
            format: Format::SdJwtVc,
            types: self.copy.types(),
            claims: self.copy.claims().clone(),
            authorities: self.copy.authorities(self.row.received),
            key_bound: true,
        }
    }

    pub(crate) fn is(&self, id: &CredentialId) -> bool {
        self.row.id == *id
    }
}

/// Whether the registry lets a verifier ask for a claim of a credential: CARD-7.
pub(crate) fn may_ask(record: &CertificateRecord, vct: &str, claim: &ClaimsPointer) -> bool {
    let name = |component: &Component| match component {
        Component::Name(name) => Some(name.clone()),
        Component::Index(_) | Component::All => None,
    };
    let names: Vec<String> = claim.components().iter().filter_map(name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    record.covers_claim(vct, &names)
}

/// The same for a claim that would be shown beside those that it asks for.
pub(crate) fn may_see(record: &CertificateRecord, vct: &str, claim: &ClaimPath) -> bool {
    record.covers_claim(vct, &claim.names())
}
