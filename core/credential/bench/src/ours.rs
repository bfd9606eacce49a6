//! This project's.

use crate::{AUDIENCE, CONCEALED, Keys, NONCE, NOW, OF_ADDRESS, Way, claims};
use citizen_credential::sd_jwt::{Expected, HeldSdJwt, KeyBinding, Kind, SdJwtIssuer, Transaction};
use citizen_credential::{ClaimPath, UnverifiedSdJwt};
use citizen_jose::{Algorithm, Header, Signer as _};
use citizen_primitives::{Seconds, UnixTime, random};
use serde_json::{Map, Value};

pub(crate) struct Ours<'a>(pub(crate) &'a Keys);

fn expected<'a>() -> Expected<'a> {
    Expected { now: UnixTime::from_seconds(NOW), kind: Kind::Credential, ..Expected::default() }
}

impl Ours<'_> {
    /// What a wallet does with a credential whenever it reads it.
    pub(crate) fn accept(&self, credential: &str) -> HeldSdJwt {
        let token = UnverifiedSdJwt::parse(credential).unwrap();
        token.accept(&self.0.issuer.jwk(), &expected()).unwrap()
    }

    /// A presentation of a credential that was verified before.
    pub(crate) fn show(&self, held: &HeldSdJwt) -> String {
        let paths = ["age_over_19", "address.district"].map(|path| path.parse().unwrap());
        let shown = held.select(&paths).unwrap();
        let now = UnixTime::from_seconds(NOW);
        let unsigned = shown.bind(Algorithm::Es256, (NONCE, AUDIENCE), now, Map::new());
        let signature = self.0.holder.sign(unsigned.signing_input()).unwrap();
        unsigned.with_signature(&signature).to_compact()
    }
}

impl Way for Ours<'_> {
    fn name(&self) -> &'static str {
        "ours"
    }

    fn issue(&self) -> String {
        let claims = claims().as_object().unwrap().clone();
        let top = CONCEALED.iter().map(|name| ClaimPath::root().name(*name));
        let inner = OF_ADDRESS.iter().map(|name| ClaimPath::root().name("address").name(*name));
        let plan = SdJwtIssuer::new(claims, Kind::Credential).unwrap().holder(&self.0.holder.jwk());
        let plan = plan.conceal(top.chain(inner)).unwrap();
        let header = Header::new(Algorithm::Es256).with_typ("dc+sd-jwt");
        plan.issue(&header, &self.0.issuer, &mut random::system()).unwrap().to_compact()
    }

    fn present(&self, credential: &str) -> String {
        // Nobody presents here what was not verified.
        self.show(&self.accept(credential))
    }

    fn verify(&self, presentation: &str) -> Value {
        let transaction = Transaction { nonce: NONCE, audience: AUDIENCE, longest: Seconds::new(60) };
        let expected = Expected { key_binding: KeyBinding::Required(transaction), ..expected() };
        let token = UnverifiedSdJwt::parse(presentation).unwrap();
        token.verify(&self.0.issuer.jwk(), &expected).unwrap().claims().clone()
    }
}
