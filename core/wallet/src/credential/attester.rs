//! A verifier that somebody vouches for: `verifier_attestation` (OpenID4VP 1.0, sections 5.9.3 and 12). Whoever vouches stands in the registry, or
//! nobody is known (CARD-50).

use crate::credential::did::{Asker, Resolved};
use crate::credential::registry::Registered;
use crate::error::{Message, WalletError};
use crate::wallet::Wallet;
use citizen_did::Relationship;
use citizen_jose::{CertificateChain, Jwk};
use citizen_ledger::CertificateRole;
use citizen_openid4vc::vp::{Attester, Known};
use citizen_primitives::Text;
use citizen_voting::manifest::Bilingual;
use url::Url;

impl Wallet {
    /// **CARD-50** Who vouches for a verifier, by its certificate, which names the host of `iss`, or by the DID that `iss` is. The registry says whether it
    /// may, and what those may ask for that it vouches for. An attestation whose key cannot be had says nothing.
    pub(super) async fn identify_attested(&self, attester: &Attester) -> Result<Asker, WalletError> {
        let found = match &attester.chain {
            Some(chain) => self.attester_by_certificate(attester, chain).await?,
            None => self.attester_by_did(attester).await?,
        };
        let Some((key, registered)) = found else { return Ok(Asker::nobody()) };
        let registered = match registered.map(|by| vouching(by, &attester.subject)) {
            Some(None) => return Ok(Asker::nobody()),
            Some(Some(registered)) => Some(registered),
            None => None,
        };
        let known = Known::AttestationKey { key, registered: registered.is_some() };
        // Where answers go the attestation says (VP-4).
        Ok(Asker { registered, known, host: None })
    }

    async fn attester_by_certificate(
        &self,
        attester: &Attester,
        chain: &CertificateChain,
    ) -> Result<Option<(Jwk, Option<Registered>)>, WalletError> {
        let host = Url::parse(&attester.issuer).ok().and_then(|issuer| issuer.host_str().map(str::to_owned));
        let names_it = host.is_some_and(|host| chain.leaf().names_host(&host));
        let key = chain.registered_key(&chain.leaf().thumbprint(), self.session().now()).ok();
        let Some(key) = key.filter(|_| names_it) else { return Ok(None) };
        let registered = self.registered(CertificateRole::Attester, chain).await?;
        Ok(Some((key, registered)))
    }

    async fn attester_by_did(
        &self,
        attester: &Attester,
    ) -> Result<Option<(Jwk, Option<Registered>)>, WalletError> {
        let Some(kid) = &attester.kid else { return Ok(None) };
        let resolved = self.resolve(&attester.issuer, CertificateRole::Attester).await?;
        let Some(Resolved { document, registered, host: _ }) = resolved else { return Ok(None) };
        let key = document.key(kid, Relationship::AssertionMethod).cloned().ok();
        Ok(key.map(|key| (key, registered)))
    }
}

/// The attester's record, under the name of the one that it vouches for. `None` if no screen could show that name (PRIM-5).
fn vouching(by: Registered, subject: &str) -> Option<Registered> {
    let subject = Text::new(subject).ok()?;
    let Bilingual { ko, en } = by.name();
    let attester = Message { ko: ko.as_str().to_owned(), en: en.as_str().to_owned() };
    let name = Message::of("verifier.attested").with("subject", subject.as_str());
    let name = name.with_message("attester", &attester);
    let name = Bilingual { ko: Text::new(&name.ko).ok()?, en: Text::new(&name.en).ok()? };
    Some(Registered { attested: Some(name), ..by })
}
