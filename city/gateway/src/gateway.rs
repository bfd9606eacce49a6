//! Putting a gateway together from the parties that one process serves.

use crate::desk::{
    BankDesk, CentreDesk, IssuerDesk, LedgerDesk, RecoveryDesk, RegistrarDesk, RelayDesk, TreasuryDesk,
    VerifierDesk,
};
use crate::guard::{Guard, Limits, caught, guard};
use crate::measures::{Measures, measure};
use crate::refusal::Refusal;
use crate::routes::operations::{Operations, operations};
use crate::routes::recovery::{RecoveryOfficers, recovery_officers};
use crate::routes::registrar::{Registrars, registrars};
use crate::routes::relay::{Relays, relays};
use crate::routes::verifier::{Verifiers, verifiers};
use crate::routes::{LONGEST_BODY, LONGEST_PROOF, bank, centre, issuer, ledger, treasury};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use citizen_client::api::PartiesAnswer;
use citizen_primitives::KeyId;
use std::fmt;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

#[derive(utoipa::OpenApi)]
#[openapi(info(
    title = "Seoul sandbox city",
    version = "1",
    description = "The ledger, the ZeroPay centre, the bank, the treasury, registrars and relays of polls, the officers of recovery. Bytes are base64url without padding; what is \
                   signed or proved is canonical bytes as in core/ledger/SPEC.md."
))]
struct Document;

/// The parties that one process serves, and the limits in front of them.
#[derive(Clone, Default)]
pub struct Gateway {
    limits: Limits,
    parties: Option<Arc<PartiesAnswer>>,
    ledger: Option<Arc<dyn LedgerDesk>>,
    centre: Option<Arc<dyn CentreDesk>>,
    bank: Option<Arc<dyn BankDesk>>,
    treasury: Option<Arc<dyn TreasuryDesk>>,
    registrars: Registrars,
    relays: Relays,
    officers: RecoveryOfficers,
    issuer: Option<Arc<dyn IssuerDesk>>,
    verifiers: Verifiers,
}

impl Gateway {
    /// With other limits.
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Tells who the parties are.
    #[must_use]
    pub fn with_parties(mut self, parties: PartiesAnswer) -> Self {
        self.parties = Some(Arc::new(parties));
        self
    }

    /// Serves the ledger.
    #[must_use]
    pub fn with_ledger(mut self, desk: Arc<dyn LedgerDesk>) -> Self {
        self.ledger = Some(desk);
        self
    }

    /// Serves the centre.
    #[must_use]
    pub fn with_centre(mut self, desk: Arc<dyn CentreDesk>) -> Self {
        self.centre = Some(desk);
        self
    }

    /// Serves the bank.
    #[must_use]
    pub fn with_bank(mut self, desk: Arc<dyn BankDesk>) -> Self {
        self.bank = Some(desk);
        self
    }

    /// Serves the treasury.
    #[must_use]
    pub fn with_treasury(mut self, desk: Arc<dyn TreasuryDesk>) -> Self {
        self.treasury = Some(desk);
        self
    }

    /// Serves a registrar, under its key.
    #[must_use]
    pub fn with_registrar(mut self, key: KeyId, desk: Arc<dyn RegistrarDesk>) -> Self {
        self.registrars.insert(key, desk);
        self
    }

    /// Serves a relay, under its key.
    #[must_use]
    pub fn with_relay(mut self, key: KeyId, desk: Arc<dyn RelayDesk>) -> Self {
        self.relays.insert(key, desk);
        self
    }

    /// Serves a recovery officer, under her key.
    #[must_use]
    pub fn with_recovery_officer(mut self, key: KeyId, desk: Arc<dyn RecoveryDesk>) -> Self {
        self.officers.insert(key, desk);
        self
    }

    /// Serves the issuer of the citizen card.
    #[must_use]
    pub fn with_issuer(mut self, desk: Arc<dyn IssuerDesk>) -> Self {
        self.issuer = Some(desk);
        self
    }

    /// Serves a verifier, under its service's name.
    #[must_use]
    pub fn with_verifier(mut self, desk: Arc<dyn VerifierDesk>) -> Self {
        self.verifiers.insert(desk.service().name.clone(), desk);
        self
    }

    /// The routes with everything that stands before them.
    pub fn into_router(self) -> Router {
        self.into_parts().0
    }

    /// The document of the routes, as they are.
    #[must_use]
    pub fn openapi(self) -> OpenApi {
        self.into_parts().1
    }

    fn into_parts(self) -> (Router, OpenApi) {
        let Self { limits, parties, ledger: chain, centre: centre_desk, bank: bank_desk, .. } = self;
        let Self {
            treasury: grants,
            registrars: keepers,
            relays: carriers,
            officers,
            issuer: card,
            verifiers: services,
            ..
        } = self;
        let recovery = officers.values().cloned().collect();
        let measures = Arc::new(Measures::new(chain.clone(), centre_desk.clone(), recovery));
        let operations = operations(Operations { measures: Arc::clone(&measures), parties });
        let parties = [
            chain.map(ledger::ledger),
            centre_desk.map(centre::centre),
            bank_desk.map(bank::bank),
            grants.map(treasury::treasury),
            (!keepers.is_empty()).then(|| registrars(keepers)),
            (!carriers.is_empty()).then(|| relays(carriers)),
            (!officers.is_empty()).then(|| recovery_officers(officers)),
            card.map(issuer::issuer),
            (!services.is_empty()).then(|| verifiers(services)),
        ];
        let routes = OpenApiRouter::with_openapi(Document::openapi()).merge(operations);
        let routes = parties.into_iter().flatten().fold(routes, OpenApiRouter::merge);
        let (router, document) = routes.split_for_parts();
        let router = router
            .fallback(|| async { Refusal::NoRoute })
            .method_not_allowed_fallback(|| async { Refusal::WrongMethod })
            .layer(CatchPanicLayer::custom(caught))
            .layer(DefaultBodyLimit::max(LONGEST_BODY))
            .layer(from_fn_with_state(Arc::new(Guard::new(limits)), guard))
            // What the guard takes in, whichever route it is for.
            .layer(DefaultBodyLimit::max(LONGEST_PROOF))
            .layer(from_fn_with_state(measures, measure));
        (router, document)
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("limits", &self.limits).finish_non_exhaustive()
    }
}
