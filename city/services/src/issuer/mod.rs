//! The issuer of the citizen card and of certificates: OpenID4VCI 1.0 over [`vci::Issuer`], status lists anchored on the ledger.

mod deliver;
mod description;
mod kind;
mod offer;
mod open;
mod purge;
mod record;
mod register;
mod revoke;
mod sign_in;
mod status;

pub use kind::{CredentialKind, EligibilityError, EligibilityRules};
pub use offer::{Application, OfferAnswer};
pub use register::{CheckUp, Resident, ResidentRegister, ResidentRegisterError, Vaccination};
pub use revoke::{LossAnswer, LossReport};
pub use sign_in::{Asked, Decision, SignIn, SignInPage, WALLET_ADDRESS};

use crate::certified::Certified;
use crate::error::ServiceError;
use crate::party::Party;
use crate::places;
use crate::seeded::Seeded;
use crate::tries::Tries;
use crate::voter::Voters;
use citizen_keys::Secret32;
use citizen_openid4vc::http::HttpResponse;
use citizen_openid4vc::vci::{
    self, Configuration, CredentialFormat, Guarded, Incoming, IssuerConfig, Lasting,
};
use citizen_primitives::Seconds;
use purge::Progress;
use serde_json::Value;
use std::fmt;
use std::sync::Mutex;

/// Keys of one request, and so copies of a credential.
pub const BATCH: usize = 16;
/// How long an offer waits for its wallet.
const OFFER_LIFE: Seconds = Seconds::new(600);
/// How long an access token lives.
const TOKEN_LIFE: Seconds = Seconds::new(600);
/// How long a refresh token lives since it was given: as long as the copies that came with it. How long a lost answer is given again. How long a wallet
/// may wait for what a hospital has to say.
pub(super) const LASTING: Lasting = Lasting {
    refresh: deliver::COPY_LIFE,
    order: Seconds::new(2 * 86_400),
    deferred: Seconds::new(30 * 86_400),
};
/// 2^20 indexes of a list: what one of them stands for is hidden among all.
pub const CAPACITY: u32 = 1 << 20;

/// The issuer.
pub struct Issuer {
    party: Party,
    certified: Certified,
    register: ResidentRegister,
    rules: EligibilityRules,
    voters: Option<Voters>,
    capacity: u32,
    open: vci::Issuer,
    progress: Mutex<Progress>,
    tries: Tries,
    /// Those of reports of a loss.
    loss_tries: Tries,
    /// Held during a step.
    publishing: tokio::sync::Mutex<()>,
}

/// An endpoint of OpenID4VCI that takes a POST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerEndpoint {
    /// `/par`.
    Pushed,
    /// `/token`.
    Token,
    /// `/nonce`.
    Nonce,
    /// `/credential`.
    Credential,
    /// `/deferred`.
    Deferred,
    /// `/notification`.
    Notification,
}

impl IssuerEndpoint {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Pushed, Self::Token, Self::Nonce, Self::Credential, Self::Deferred, Self::Notification];

    /// The last segment of its address.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pushed => "par",
            Self::Token => "token",
            Self::Nonce => "nonce",
            Self::Credential => "credential",
            Self::Deferred => "deferred",
            Self::Notification => "notification",
        }
    }
}

impl Issuer {
    /// An issuer with its certificate; its party's key anchors its status lists. `secret` makes nonces and tokens: it stays, so that what
    /// wallets hold counts after a restart.
    #[must_use]
    pub fn new(
        party: Party,
        certified: Certified,
        secret: Secret32,
        register: ResidentRegister,
        rules: EligibilityRules,
    ) -> Self {
        let configuration = |kind: CredentialKind| {
            let vct = kind.vct(Some(certified.base()))?;
            Some(Configuration {
                name: kind.name().to_owned(),
                format: CredentialFormat::SdJwtVc(vct),
                metadata: kind.metadata(),
            })
        };
        let config = IssuerConfig {
            issuer: certified.base().clone(),
            reach: certified.reach(),
            configurations: CredentialKind::ALL.into_iter().filter_map(configuration).collect(),
            batch: BATCH,
            offer_life: OFFER_LIFE,
            token_life: TOKEN_LIFE,
            redirect_uris: vec![WALLET_ADDRESS.to_owned()],
        };
        let open = vci::Issuer::new(config, secret, &mut Seeded::new(party.random())).with_lasting(LASTING);
        Self {
            party,
            certified,
            register,
            rules,
            voters: None,
            capacity: CAPACITY,
            open,
            progress: Mutex::default(),
            tries: Tries::default(),
            loss_tries: Tries::default(),
            publishing: tokio::sync::Mutex::const_new(()),
        }
    }

    /// With the numbers by which rolls know residents: each citizen card says its own (ISSUER-8).
    #[must_use]
    pub fn with_voters(mut self, voters: Voters) -> Self {
        self.voters = Some(voters);
        self
    }

    /// With lists of another capacity, for tests of full ones: the next power of two, and one batch at least.
    #[must_use]
    pub const fn with_capacity(mut self, capacity: u32) -> Self {
        self.capacity = if capacity < 16 { 16 } else { capacity.next_power_of_two() };
        self
    }

    /// Who it is.
    #[must_use]
    pub const fn party(&self) -> &Party {
        &self.party
    }

    /// `/.well-known/openid-credential-issuer`.
    #[must_use]
    pub fn metadata(&self) -> Value {
        let mut metadata = self.open.metadata();
        let names = serde_json::json!([
            { "name": "서울특별시 (샌드박스)", "locale": "ko" },
            { "name": "Seoul Metropolitan Government (sandbox)", "locale": "en" },
        ]);
        if let Some(members) = metadata.as_object_mut() {
            members.insert("display".to_owned(), names);
        }
        metadata
    }

    /// `/.well-known/jwt-vc-issuer`: the key that credentials are signed with, and its certificate, by which wallets look the issuer up in the
    /// registry (SD-JWT VC, "JWT VC Issuer Metadata"; RFC 7517, section 4.7).
    #[must_use]
    pub fn key_metadata(&self) -> Value {
        serde_json::json!({
            "issuer": self.certified.base().as_str(),
            "jwks": { "keys": [self.certified.published_key()] },
        })
    }

    /// `/.well-known/oauth-authorization-server`.
    #[must_use]
    pub fn server_metadata(&self) -> Value {
        self.open.server_metadata()
    }

    /// Answers a wallet (ISSUER-1).
    pub fn call(
        &self,
        endpoint: IssuerEndpoint,
        incoming: &Incoming<'_>,
    ) -> Result<HttpResponse, ServiceError> {
        let now = self.party.now();
        let guarded = match endpoint {
            IssuerEndpoint::Nonce => {
                return Ok(self.open.nonce(now, &mut Seeded::new(self.party.random())));
            }
            IssuerEndpoint::Pushed => {
                return match self.open.check_push(incoming, now) {
                    Ok(request) => {
                        self.turn(places::ISSUER_PUSHED, |turn, _| Ok(self.open.push(request, turn)))
                    }
                    Err(answer) => Ok(answer),
                };
            }
            IssuerEndpoint::Token => Guarded::Token,
            IssuerEndpoint::Credential => Guarded::Credential,
            IssuerEndpoint::Deferred => Guarded::Deferred,
            IssuerEndpoint::Notification => Guarded::Notification,
        };
        // Signatures are checked before anything is held.
        let request = match self.open.check(guarded, incoming, now) {
            Ok(request) => request,
            Err(answer) => return Ok(answer),
        };
        match guarded {
            Guarded::Token => self.turn(places::ISSUER_TOKEN, |turn, _| Ok(self.open.token(&request, turn))),
            Guarded::Credential => self.credential(&request),
            Guarded::Deferred => self.deferred(&request),
            Guarded::Notification => {
                self.turn(places::ISSUER_TOKEN, |turn, _| Ok(self.open.notification(&request, turn)))
            }
        }
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").field("party", &self.party).finish_non_exhaustive()
    }
}
