//! Credentials: offered, held, asked for, shown.

use crate::credential::{CheckedCopy, Showable, may_ask, may_see, names_of};
use crate::error::Message;
use crate::id::CredentialId;
use crate::record::{CredentialRow, ServiceRow};
use crate::view::{Names, SignInView, StatusView, VerifiedMark, serial::plain, view};
use citizen_credential::ClaimPath;
use citizen_ledger::{CertificateRecord, Verified};
use citizen_openid4vc::dcql::{ClaimsPointer, Match, Options, QueryOptions};
use citizen_openid4vc::vci::OfferReview as Offered;
use citizen_openid4vc::vp::holder::claim_path;
use citizen_openid4vc::vp::{Prefix, Review, Trust, UnknownVerifiers};
use citizen_primitives::UnixTime;
use citizen_primitives::order::set_of;
use citizen_primitives::text::to_shown;
use citizen_voting::manifest::Bilingual;
use serde_json::Value;
use std::collections::BTreeMap;

/// So few copies are left that the credential should be issued again.
pub(crate) const FEW_COPIES: usize = 3;

view! {
    /// An issuer or a verifier, as the registry has it.
    RegisteredView {
        /// Whether the registry proves it. If not, the name is only an address.
        is_registered: bool,
        /// Its name by the registry, or by whom the registry lets vouch for it, who is named too; the address of an unknown one.
        name: Message,
        /// The host that was asked, or that the answer goes to.
        host: String,
        /// How the phone knows.
        #[serde(skip_serializing_if = "Option::is_none")]
        verified: Option<VerifiedMark>,
    }
}

view! {
    /// A credential in an offer.
    OfferedCredentialView {
        /// What the issuer calls it.
        configuration: String,
        /// Its type.
        #[serde(skip_serializing_if = "Option::is_none")]
        vct: Option<String>,
        /// What it is called, by an issuer that may issue it; else its type, or what the issuer calls it.
        name: Message,
        /// Whether the registry lets this issuer issue it.
        is_granted: bool,
        /// What it is for, by the registry.
        #[serde(skip_serializing_if = "Option::is_none")]
        purpose: Option<Message>,
    }
}

view! {
    /// An offer. Nothing was received.
    OfferReviewView {
        /// Who offers.
        issuer: RegisteredView,
        /// What.
        credentials: Vec<OfferedCredentialView>,
        /// Whether the citizen has to type in a code.
        needs_code: bool,
        /// Whether that code is digits alone.
        is_code_numeric: bool,
        /// How long it is, if that is said.
        #[serde(skip_serializing_if = "Option::is_none")]
        code_length: Option<usize>,
        /// How to get it, in the issuer's words.
        #[serde(skip_serializing_if = "Option::is_none")]
        code_hint: Option<String>,
        /// Whether the citizen has to sign in at the issuer's page, in the browser.
        needs_browser: bool,
        /// Whether it can be accepted.
        can_accept: bool,
        /// For people, and for a screen reader.
        text: Message,
    }
}

view! {
    /// A credential that is held.
    CredentialView {
        /// What this wallet calls it.
        #[serde(serialize_with = "plain")]
        id: CredentialId,
        /// Its type.
        vct: String,
        /// What it is called, by whoever issued it; else its type.
        name: Message,
        /// `valid`, `unchecked`, `expired`, `revoked`, `suspended`, or `unproved`: its issuer could not be proved again.
        state: &'static str,
        /// Who issued it, by the registry.
        #[serde(skip_serializing_if = "Option::is_none")]
        issuer: Option<Message>,
        /// When it came.
        #[serde(serialize_with = "plain")]
        received: UnixTime,
        /// When it ends.
        #[serde(serialize_with = "plain", skip_serializing_if = "Option::is_none")]
        expires: Option<UnixTime>,
        /// When its status was looked up.
        #[serde(serialize_with = "plain", skip_serializing_if = "Option::is_none")]
        checked: Option<UnixTime>,
        /// How old what is known of its status is.
        status: StatusView,
        /// How many times it can still be shown; each copy is shown once.
        copies_left: usize,
        /// Whether it should be issued again.
        needs_refill: bool,
        /// How the phone knows who issued it.
        #[serde(skip_serializing_if = "Option::is_none")]
        verified: Option<VerifiedMark>,
        /// The state for people.
        text: Message,
    }
}

view! {
    /// A claim.
    ClaimView {
        /// Where it stands: `address.district`.
        path: String,
        /// What it is called, by whoever issued it.
        #[serde(skip_serializing_if = "Option::is_none")]
        label: Option<Message>,
        /// What it says, on one line: a text as it is, anything else as JSON. A character that would make a screen lie stands by its
        /// number, `\u{202e}`.
        value: String,
    }
}

view! {
    /// A credential with what it says.
    CredentialDetailView {
        /// The credential.
        credential: CredentialView,
        /// Claims that the citizen may show or not.
        disclosable: Vec<ClaimView>,
        /// Claims that are shown in every presentation.
        open: Vec<ClaimView>,
        /// How the phone knows who says so.
        verified: VerifiedMark,
    }
}

view! {
    /// A credential that answers a part of a request.
    ShowableView {
        /// Which.
        #[serde(serialize_with = "plain")]
        credential: CredentialId,
        /// Its type.
        vct: String,
        /// What it is called, by whoever issued it; else its type.
        name: Message,
        /// Combinations of claims that the verifier takes, in its order; the citizen chooses one.
        combinations: Vec<Vec<ClaimView>>,
        /// Claims that are shown with those of a combination: they stand in the open in the credential, or in what leads to one of them.
        open: Vec<ClaimView>,
        /// What the verifier asks for, or would see, beyond what the registry lets it: it cannot be shown.
        beyond: Vec<String>,
        /// How old what is known of its status is: the verifier looks for itself, and may find another.
        status: StatusView,
    }
}

view! {
    /// A part of a request.
    AskedView {
        /// The verifier's name for it.
        query: String,
        /// Whether it can be left out.
        is_optional: bool,
        /// Whether several credentials may be shown for it.
        multiple: bool,
        /// What could be shown; nothing if this wallet holds nothing of the kind.
        showable: Vec<ShowableView>,
    }
}

view! {
    /// A request for credentials. Nothing was shown.
    PresentationReviewView {
        /// Who asks.
        verifier: RegisteredView,
        /// What it calls itself: nobody has checked that.
        #[serde(skip_serializing_if = "Option::is_none")]
        claimed_name: Option<String>,
        /// What it says it is for, by the registry.
        purposes: Vec<Message>,
        /// What it asks for; nothing where it asks her to sign in and no more.
        asked: Vec<AskedView>,
        /// The sign-in that it asks for, if it does.
        #[serde(skip_serializing_if = "Option::is_none")]
        sign_in: Option<SignInView>,
        /// Whether the request can be answered.
        can_present: bool,
        /// Whether she may insist on answering it though the registry does not prove who asks: this wallet's policy lets her, and she has
        /// what is asked for.
        can_insist: bool,
        /// For people, and for a screen reader.
        text: Message,
    }
}

view! {
    /// What became of a presentation.
    PresentedView {
        /// Where the verifier wants the citizen to go on.
        #[serde(skip_serializing_if = "Option::is_none")]
        go_to: Option<String>,
        /// For people.
        text: Message,
    }
}

impl RegisteredView {
    fn new(record: Option<&Verified<CertificateRecord>>, host: &str) -> Self {
        let name = record.map_or_else(|| Message::same(host), |record| registered_name(record.value()));
        let verified = record.map(|record| VerifiedMark::of(record.provenance()));
        Self { is_registered: record.is_some(), name, host: host.to_owned(), verified }
    }
}

impl OfferReviewView {
    pub(crate) fn new(offered: &Offered, record: Option<&Verified<CertificateRecord>>) -> Self {
        let issuer = RegisteredView::new(record, offered.offer.issuer.host());
        let credentials: Vec<_> = offered
            .offer
            .configurations
            .iter()
            .map(|name| {
                let said = offered.issuer.configurations.get(name);
                let vct = said.and_then(|said| said.vct.as_deref()).map(to_shown);
                let record = record.map(Verified::value);
                let known = record.zip(vct.as_deref());
                let is_granted = known.is_some_and(|(record, vct)| record.covers(vct));
                let purpose = known.and_then(|(record, vct)| purpose(record, vct));
                // CARD-30: only of an issuer that may issue it.
                let named = said.zip(vct.as_deref()).filter(|_| is_granted);
                let named = named.map(|(said, vct)| Names::of(vec![names_of(vct, said)]).of_type(vct));
                let as_written = || Message::same(to_shown(vct.as_deref().unwrap_or(name)));
                OfferedCredentialView {
                    configuration: name.clone(),
                    name: named.unwrap_or_else(as_written),
                    is_granted,
                    purpose,
                    vct,
                }
            })
            .collect();
        let code = offered.offer.pre_authorized.as_ref().and_then(|grant| grant.transaction_code.as_ref());
        let all_granted = credentials.iter().all(|credential| credential.is_granted);
        let needs_browser = !offered.pre_authorized && offered.authorization;
        let key = match (issuer.is_registered, needs_browser) {
            (false, _) => "offer.unknown",
            (true, true) => "offer.browser",
            (true, false) => "offer.registered",
        };
        Self {
            text: Message::of(key).with_message("issuer", &issuer.name),
            needs_code: code.is_some(),
            is_code_numeric: code.is_some_and(|code| code.numeric),
            code_length: code.and_then(|code| code.length),
            code_hint: code.and_then(|code| code.description.clone()),
            needs_browser,
            can_accept: issuer.is_registered && all_granted && (offered.pre_authorized || needs_browser),
            issuer,
            credentials,
        }
    }
}

impl CredentialView {
    /// Of a row; `issuer` is its issuer's record, if it could be proved again.
    pub(crate) fn new(
        row: &CredentialRow,
        issuer: Option<&Verified<CertificateRecord>>,
        now: UnixTime,
        (names, status): (&Names, StatusView),
    ) -> Self {
        let has_status = row.copies.iter().any(|copy| copy.status.is_some());
        let state = match (issuer, row.status) {
            (None, _) => "unproved",
            _ if row.is_expired(now) => "expired",
            (_, Some(seen)) if seen.value == 0 => "valid",
            (_, Some(seen)) if seen.value == 1 => "revoked",
            (_, Some(_)) => "suspended",
            (_, None) if has_status => "unchecked",
            (_, None) => "valid",
        };
        let copies_left = row.unused().count();
        Self {
            id: row.id,
            vct: to_shown(&row.vct),
            // An issuer that is not proved has given it no name.
            name: issuer.map_or_else(|| Message::same(to_shown(&row.vct)), |_| names.of_type(&row.vct)),
            state,
            issuer: issuer.map(|record| registered_name(record.value())),
            received: row.received,
            expires: row.expires,
            checked: row.status.map(|seen| seen.time),
            status,
            copies_left,
            needs_refill: copies_left <= FEW_COPIES,
            verified: issuer.map(|record| VerifiedMark::of(record.provenance())),
            text: Message::of(&format!("credential-state.{state}")),
        }
    }
}

impl CredentialDetailView {
    pub(crate) fn new(
        credential: CredentialView,
        copy: &CheckedCopy,
        issuer: &Verified<CertificateRecord>,
        names: &Names,
    ) -> Self {
        let named = (names, copy.vct());
        let claims = copy.claims();
        let disclosable = copy.held.disclosable().filter_map(|path| claim(path, claims, named)).collect();
        let verified = VerifiedMark::of(issuer.provenance());
        Self { credential, disclosable, open: views(copy.open_claims(), named), verified }
    }
}

impl PresentationReviewView {
    pub(crate) fn new(
        asked: &Review,
        (record, name): (Option<&Verified<CertificateRecord>>, Option<Bilingual>),
        options: &Options,
        (showable, known, names): (&[Showable], Option<&ServiceRow>, &Names),
        unknown_verifiers: UnknownVerifiers,
    ) -> Self {
        let is_trusted = asked.verifier.trust == Trust::Registered;
        let record = record.filter(|_| is_trusted);
        let mut verifier = RegisteredView::new(record, &asked.verifier.host);
        // With who vouches for it, if somebody else's name stands in the registry.
        if let (Some(_), Some(name)) = (record, name) {
            verifier.name = Message::written(&name);
        }
        let parts = options.queries().iter();
        let asked_for: Vec<_> =
            parts.map(|query| part(query, record.map(Verified::value), (showable, names))).collect();
        let shown = asked_for.iter().flat_map(|part: &AskedView| &part.showable);
        let mut purposes: Vec<Message> = Vec::new();
        for found in shown.filter_map(|one| purpose(record?.value(), &one.vct)) {
            if !purposes.contains(&found) {
                purposes.push(found);
            }
        }
        // She is known to no service that is nobody.
        let may_insist = !verifier.is_registered
            && unknown_verifiers == UnknownVerifiers::IfInsisted
            && asked.sign_in.is_none();
        let is_attested = asked.verifier.client_id.prefix() == Prefix::VerifierAttestation;
        let key = match (verifier.is_registered, asked.query.is_nothing()) {
            (false, _) if may_insist => "request.unknown-insist",
            (false, _) => "request.unknown",
            (true, false) if is_attested => "request.attested",
            (true, true) if is_attested => "request.attested-sign-in",
            (true, false) => "request.registered",
            (true, true) => "request.sign-in",
        };
        Self {
            sign_in: asked.sign_in.map(|_| SignInView::new(&verifier.name, known)),
            text: Message::of(key).with_message("verifier", &verifier.name),
            can_present: verifier.is_registered && options.satisfiable(),
            can_insist: may_insist && options.satisfiable(),
            claimed_name: asked.verifier.claimed_name.clone(),
            verifier,
            purposes,
            asked: asked_for,
        }
    }
}

impl PresentedView {
    pub(crate) fn new(verifier: &Bilingual, go_to: Option<String>, is_signed_in: bool) -> Self {
        let name = Message::written(verifier);
        let key = if is_signed_in { "presented.signed-in" } else { "presented.taken" };
        Self { go_to, text: Message::of(key).with_message("verifier", &name) }
    }

    /// To somebody whom the registry does not prove.
    pub(crate) fn to_unknown(host: &str, go_to: Option<String>) -> Self {
        Self { go_to, text: Message::of("presented.taken").with("verifier", host) }
    }
}

/// What could be shown, and what it is called.
type Shown<'a> = (&'a [Showable], &'a Names);

fn part(query: &QueryOptions, record: Option<&CertificateRecord>, shown: Shown<'_>) -> AskedView {
    let found = query.matches.iter().filter_map(|found| one(found, record, shown));
    AskedView {
        query: query.id.as_str().to_owned(),
        is_optional: query.optional,
        multiple: query.multiple,
        showable: found.collect(),
    }
}

fn one(
    found: &Match,
    record: Option<&CertificateRecord>,
    (showable, names): Shown<'_>,
) -> Option<ShowableView> {
    let id: CredentialId = found.candidate.as_str().parse().ok()?;
    let Showable { row, copy, status } = showable.iter().find(|one| one.is(&id))?;
    let claims = copy.claims();
    let named = (names, row.vct.as_str());
    let view = |pointer: &ClaimsPointer| claim(&claim_path(pointer)?, claims, named);
    let combinations = found.combinations.iter();
    let combinations = combinations.map(|pointers| pointers.iter().filter_map(view).collect()).collect();
    let is_beyond =
        |pointer: &&ClaimsPointer| !record.is_some_and(|record| may_ask(record, &row.vct, pointer));
    let beside = beside(copy, found);
    let unseen = beside.keys().filter(|path| !record.is_some_and(|record| may_see(record, &row.vct, path)));
    let asked = found.combinations.iter().flatten().filter(is_beyond).filter_map(claim_path);
    let beyond = set_of(asked.chain(unseen.cloned()).map(|path| to_shown(&path.to_string())));
    let open = views(beside, named);
    Some(ShowableView {
        credential: id,
        vct: to_shown(&row.vct),
        name: names.of_type(&row.vct),
        combinations,
        open,
        beyond: beyond.into_iter().collect(),
        status: status.clone(),
    })
}

/// What is shown beside the claims of any combination.
fn beside(copy: &CheckedCopy, found: &Match) -> BTreeMap<ClaimPath, Value> {
    let chosen = found.combinations.iter().map(|claims| claims.iter().filter_map(claim_path).collect());
    chosen.flat_map(|chosen: Vec<ClaimPath>| copy.shown_beside(&chosen)).collect()
}

/// The names that a wallet knows, and of which type a claim is.
type Named<'a> = (&'a Names, &'a str);

fn views(claims: impl IntoIterator<Item = (ClaimPath, Value)>, named: Named<'_>) -> Vec<ClaimView> {
    claims.into_iter().map(|(path, value)| claim_view(&path, &value, named)).collect()
}

fn claim(path: &ClaimPath, claims: &Value, named: Named<'_>) -> Option<ClaimView> {
    Some(claim_view(path, path.find(claims)?, named))
}

fn claim_view(path: &ClaimPath, value: &Value, (names, vct): Named<'_>) -> ClaimView {
    let written = path.to_string();
    ClaimView {
        label: names.of_claim(vct, &written),
        path: to_shown(&written),
        value: to_shown(&plain_text(value)),
    }
}

fn plain_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn registered_name(record: &CertificateRecord) -> Message {
    Message { ko: record.name_ko.as_str().to_owned(), en: record.name_en.as_str().to_owned() }
}

fn purpose(record: &CertificateRecord, vct: &str) -> Option<Message> {
    let grant = record.grants.iter().find(|grant| grant.credential.as_str() == vct)?;
    let (ko, en) = (grant.purpose_ko.as_str(), grant.purpose_en.as_str());
    (!ko.is_empty()).then(|| Message { ko: ko.to_owned(), en: en.to_owned() })
}
