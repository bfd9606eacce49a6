//! The citizen card shown for something else that she has approved, a payment or a registration: by a question that is about just that, to whom the
//! party's own word names, and no more of the card than was said before (CARD-14, CARD-15).

use crate::asked_for::Shown;
use crate::credential::request::{Opened, Showable};
use crate::credential::web::internal;
use crate::error::{Party, Reason, Subject, WalletError, mapping};
use crate::id::CredentialId;
use crate::wallet::Wallet;
use citizen_client::Authorised;
use citizen_keys::KeyAlias;
use citizen_openid4vc::dcql::{Candidate, Query};
use citizen_openid4vc::http::{Endpoint, FORM, HttpRequest, HttpResponse, JSON, Method};
use citizen_openid4vc::vp::{Field, FieldKind, Review, Step, TransactionType, UnknownVerifiers};
use citizen_primitives::{Hash, Place};
use citizen_store::ChangeSet;
use serde_json::Value;

/// What may be asked, by whom, and for what.
pub(crate) struct Bound<'a> {
    /// Where the party asks,
    pub(crate) link: &'a str,
    /// and by which certificate: both by its signed word.
    pub(crate) certificate: &'a Hash,
    /// The credential that was reviewed.
    pub(crate) credential: &'a CredentialId,
    /// The only question, in DCQL.
    pub(crate) query: Value,
    /// The only thing that is authorised.
    pub(crate) authorised: Authorised,
    /// Whose lie it is if it is another.
    pub(crate) by: Party,
    /// What to say if the credential cannot be shown any more.
    pub(crate) needed: Reason,
    /// What her key store says that it is for.
    pub(crate) shown: Shown,
}

/// A presentation that is not sent yet.
pub(crate) struct BoundAnswer {
    /// To where.
    pub(crate) url: String,
    /// The form.
    pub(crate) body: String,
    /// A copy is used up, and the log says by whom: to be on the disk before anything leaves.
    pub(crate) changes: ChangeSet,
    /// The keys that have done their work then: unbound in the same commit (CARD-80).
    pub(crate) used: Vec<KeyAlias>,
}

impl Wallet {
    /// The credential that answers a question best, if one does.
    pub(crate) fn card_that_answers(&self, query: &Value) -> Result<Option<CredentialId>, WalletError> {
        let showable = self.showable()?;
        let candidates: Vec<Candidate> = showable.iter().map(Showable::candidate).collect();
        let query = Query::from_value(query).map_err(|_| internal("card-query"))?;
        let preferred = query.evaluate(&candidates).preferred();
        let pick = preferred.and_then(|selection| selection.picks.into_iter().next());
        Ok(pick.and_then(|pick| pick.candidate.as_str().parse().ok()))
    }

    /// Follows a party's link, and makes the presentation if it is asked for just this.
    pub(crate) async fn answer_bound(&self, bound: Bound<'_>) -> Result<BoundAnswer, WalletError> {
        self.must_not_be_stopped().await?;
        let Bound { link, certificate, credential, query, authorised, by, needed, shown } = bound;
        let Opened { mut session, verifier, asked } =
            self.open_request(link, vec![type_of(&authorised)], UnknownVerifiers::Refuse).await?;
        let verifier = verifier.ok_or(WalletError::UnknownParty { claims_to_be: Party::Verifier })?;
        // Nobody is vouched for where the certificate is named.
        let is_another = verifier.thumbprint() != *certificate || verifier.attested.is_some();
        if is_another || !is_for(&asked, &query, &authorised) {
            return Err(mapping::unverified(Subject::Request, by));
        }
        let showable = self.showable()?;
        let of_review = showable.iter().filter(|showable| showable.is(credential));
        let candidates: Vec<Candidate> = of_review.map(Showable::candidate).collect();
        let preferred = asked.query.evaluate(&candidates).preferred();
        let selection = preferred.ok_or(WalletError::Refused { by: Party::Phone, reason: needed })?;
        let (changes, used) =
            self.show(&mut session, (Some(&verifier), &asked), (&candidates, &selection), shown)?;
        let Step::Send(request) = session.next() else { return Err(internal("present-step")) };
        Ok(BoundAnswer { url: request.url.as_str().to_owned(), body: request.body, changes, used })
    }

    /// Sends a presentation that is on the disk.
    pub(crate) async fn send_bound(
        &self,
        place: Place,
        (url, body): (&str, &str),
    ) -> Result<HttpResponse, WalletError> {
        let url = Endpoint::parse(url, self.web_reach()).map_err(|_| WalletError::StoreDamaged)?;
        let headers = vec![("accept", JSON.to_owned()), ("content-type", FORM.to_owned())];
        let request = HttpRequest { method: Method::Post, url, headers, body: body.to_owned() };
        self.send_web(place, &request).await
    }

    /// What was reviewed can be shown now: nothing is begun with a credential that is revoked or used up by then, or from a phone that may show none.
    #[cfg(feature = "voting")]
    pub(crate) async fn must_be_showable(
        &self,
        credential: &CredentialId,
        needed: Reason,
    ) -> Result<(), WalletError> {
        self.must_not_be_stopped().await?;
        let is_there = self.showable()?.iter().any(|showable| showable.is(credential));
        if is_there { Ok(()) } else { Err(WalletError::Refused { by: Party::Phone, reason: needed }) }
    }

    /// There is an account, proved to be in her hands (CARD-10): registrars are asked under nobody's name, and nothing under hers is asked beside
    /// it if that was proved a moment ago (CARD-42).
    async fn must_not_be_stopped(&self) -> Result<(), WalletError> {
        self.session().account()?;
        self.must_be_in_her_hands().await
    }
}

/// The word in a refusal of what was shown: `error.code` of the gateway's answers.
pub(crate) fn refusal(answer: &HttpResponse) -> Reason {
    let object = answer.object().unwrap_or_default();
    let word = object.get("error").and_then(|error| error.get("code")).and_then(Value::as_str);
    word.map_or(Reason::CardNotVerified, Reason::of_word)
}

/// The transaction data of this alone are known.
fn type_of(authorised: &Authorised) -> TransactionType {
    let field = |(name, value): (&String, &Value)| {
        let kind = if value.is_u64() { FieldKind::Integer } else { FieldKind::Text };
        Field { name: name.clone(), kind, required: true }
    };
    TransactionType {
        name: authorised.kind.to_owned(),
        fields: authorised.fields.iter().map(field).collect(),
    }
}

/// The request asks just this, and has just this authorised, and nothing besides.
fn is_for(asked: &Review, query: &Value, authorised: &Authorised) -> bool {
    let [transaction] = asked.transactions.as_slice() else { return false };
    asked.sign_in.is_none()
        && asked.query.to_value() == query
        && transaction.kind == authorised.kind
        && transaction.fields == authorised.fields
}
