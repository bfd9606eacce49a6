//! An issuer that is known by a DID: its keys stand in the DID's document, and the DID in the registry, as another's certificate does (CARD-51).

use crate::credential::did::Resolved;
use crate::credential::registry::Registered;
use crate::error::WalletError;
use crate::link::Snapshot;
use crate::place;
use crate::record::{CredentialRow, DidSigner, KeptProof};
use crate::wallet::Wallet;
use citizen_client::card::prove_certificate;
use citizen_client::did::{Organisation, assertion_key, key_of_header, signing_key};
use citizen_credential::sd_jwt::UnverifiedSdJwt;
use citizen_credential::status::{StatusError, StatusExpected, UnverifiedStatusList, VerifiedStatusList};
use citizen_did::{Did, DidUrl, Document, Relationship, SeoulId};
use citizen_jose::{Jwk, Times, UnverifiedJwt, json};
use citizen_ledger::{CertificateRole, ProvenState, VerifiedHeader, state_key};
use citizen_openid4vc::http::{Endpoint, HttpRequest, JSON};
use citizen_primitives::{Seconds, UnixTime};
use serde_json::Value;

/// How far clocks may be apart.
const LEEWAY: Seconds = Seconds::new(60);
/// The most words of DIDs of a host that are looked at.
const MOST_LINKED: usize = 16;

impl Wallet {
    /// **CARD-51** The issuer at an address by the DID of a key that it publishes there: the DID is in the registry as an issuer, has this key for what it
    /// says, and says itself that it is at this host.
    pub(super) async fn issuer_by_did(
        &self,
        kid: &str,
        issuer: &Endpoint,
    ) -> Result<Option<Registered>, WalletError> {
        let Ok(url) = DidUrl::parse(kid) else { return Ok(None) };
        let resolved = self.resolve(url.did().as_str(), CertificateRole::Issuer).await?;
        let Some(Resolved { document, registered: Some(registered), host }) = resolved else {
            return Ok(None);
        };
        if document.key(kid, Relationship::AssertionMethod).is_err() {
            return Ok(None);
        }
        let is_here = match (&registered.did, host) {
            (Some(proved), _) => proved.names_host(issuer.host()),
            (None, Some(host)) => host == issuer.host(),
            (None, None) => self.is_linked(&document, issuer).await?,
        };
        Ok(is_here.then_some(Registered { document: Some(document), ..registered }))
    }

    /// Whether a host has the word of a DID that it is there (Well Known DID Configuration, sections 4 and 5): for a DID whose document names
    /// no host and is on none.
    async fn is_linked(&self, document: &Document, issuer: &Endpoint) -> Result<bool, WalletError> {
        let address = format!("{}/.well-known/did-configuration.json", issuer.origin());
        let Ok(address) = Endpoint::parse(&address, self.web_reach()) else { return Ok(false) };
        let answer = self.send_web(place::ASK_OFFER, &HttpRequest::get(&address, JSON)).await?;
        let said = answer.object().filter(|_| answer.is_success()).unwrap_or_default();
        let words = said.get("linked_dids").and_then(Value::as_array).into_iter().flatten();
        let now = self.session().now();
        Ok(words
            .take(MOST_LINKED)
            .filter_map(Value::as_str)
            .any(|word| links(word, document, &issuer.origin(), now).is_some()))
    }

    /// Whether the issuer of a credential counts now, with what proves it, or that it does not: its certificate, or the record under its DID
    /// and the DID's own (CARD-1, CARD-51).
    pub(super) async fn issuer_now(&self, row: &CredentialRow) -> Result<(bool, KeptProof), WalletError> {
        let role = CertificateRole::Issuer;
        let signer = row.signer.0.as_ref();
        let snapshot: Snapshot = match signer.and_then(DidSigner::on_the_ledger) {
            Some(id) => self.did_state(id, role).await?,
            None => self.ask_registry(&[state_key::certificate(role, &row.certificate)]).await?,
        };
        let found = prove_certificate(snapshot.proven(), role, &row.certificate)?;
        let proof = snapshot.keep();
        let has_key = signer.is_none_or(|signer| signer.counts_in(snapshot.header(), &proof.state));
        Ok((found.is_some() && has_key, proof))
    }

    /// A status list under whoever has signed the credential: its certificate (STATUS-6), or a key that its DID has now.
    pub(super) async fn list_by_issuer(
        &self,
        row: &CredentialRow,
        list: UnverifiedStatusList,
        expected: &StatusExpected<'_>,
    ) -> Result<Result<VerifiedStatusList, StatusError>, WalletError> {
        let Some(signer) = &row.signer.0 else {
            let chain = row.sample()?.chain;
            let other = Err(StatusError::OtherIssuer);
            return Ok(chain.map_or(other, |chain| list.verify_by(&chain, expected)));
        };
        let resolved = self.resolve(signer.did(), CertificateRole::Issuer).await?;
        let key = resolved.and_then(|resolved| key_of_header(&resolved.document, list.header()).cloned());
        let expected = StatusExpected { issuer: Some(signer.did()), ..*expected };
        Ok(key.map_or(Err(StatusError::OtherIssuer), |key| list.verify(&key, &expected)))
    }
}

impl Registered {
    /// By which of its DID's keys a token says that it is signed; nothing of an issuer that is known by its certificate. `None`: by none of them.
    pub(super) fn signer_of(&self, token: &str) -> Option<Option<DidSigner>> {
        let Some(document) = &self.document else { return Some(None) };
        let token = UnverifiedSdJwt::parse_compact(token).ok()?;
        let said = token.payload_unverified().ok()?;
        let url = signing_key(token.header_unverified()?, said.get("iss").and_then(Value::as_str))?;
        let key = assertion_key(document, &url)?;
        Some(Some(DidSigner { kid: url.to_string(), key: key.to_value().to_string() }))
    }
}

impl DidSigner {
    /// The DID: what stands before the key's name.
    pub(super) fn did(&self) -> &str {
        self.kid.split('#').next().unwrap_or_default()
    }

    /// The key.
    pub(super) fn jwk(&self) -> Option<Jwk> {
        Jwk::from_value(&json::parse(self.key.as_bytes()).ok()?).ok()
    }

    /// Its place on the ledger, if it has one.
    pub(super) fn on_the_ledger(&self) -> Option<SeoulId> {
        SeoulId::from_did(&Did::parse(self.did()).ok()?).ok()
    }

    /// Whether the DID counts under a header, is its organisation's, and has this key for what it says. Of a DID that is not on the ledger
    /// nothing is proved but the registry's record, which stands beside this.
    pub(super) fn counts_in(&self, header: &VerifiedHeader, state: &ProvenState) -> bool {
        self.on_the_ledger().is_none_or(|id| self.is_proved(id, header, state).is_some())
    }

    fn is_proved(&self, id: SeoulId, header: &VerifiedHeader, state: &ProvenState) -> Option<()> {
        let Organisation { document, did: _ } = Organisation::prove_under(header, state, id).ok()??;
        let key = assertion_key(&document, &DidUrl::parse(&self.kid).ok()?)?;
        (key.key == self.jwk()?.key).then_some(())
    }
}

/// A Domain Linkage Credential in JWT form (Well Known DID Configuration, section 6): the DID's own word, signed by its own key, that it is at an origin.
fn links(word: &str, document: &Document, origin: &str, now: UnixTime) -> Option<()> {
    let word = UnverifiedJwt::parse(word).ok()?;
    let kid = word.header().kid.clone()?;
    let key = document.key(&kid, Relationship::AssertionMethod).ok()?;
    let word = word.verify(key, &citizen_jose::Expected::typ("JWT")).ok()?;
    let claims = word.claims();
    Times::of(claims).and_then(|times| times.check(now, LEEWAY)).ok()?.expires?;
    let did = Some(document.id().as_str());
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let subject = claims.get("vc")?.get("credentialSubject")?;
    let of_subject = |name: &str| subject.get(name).and_then(Value::as_str);
    let is_said = text("iss") == did && text("sub") == did && of_subject("id") == did;
    (is_said && of_subject("origin") == Some(origin)).then_some(())
}
