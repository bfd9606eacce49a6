//! What is counted: requests, how long they take, where the ledger and the orders stand (GATEWAY-8).

use crate::desk::{CentreDesk, LedgerDesk, RecoveryDesk};
use crate::refusal::Refusal;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// The upper bounds of the latency histogram, in seconds.
const SECONDS: [f64; 10] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 20.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Served {
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Stage {
    stage: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: String,
}

/// The metrics of one gateway.
pub struct Measures {
    registry: Registry,
    requests: Family<Served, Counter>,
    latency: Family<Route, Histogram>,
    height: Gauge,
    waiting: Gauge,
    orders: Family<Stage, Gauge>,
    open: Family<Kind, Gauge>,
    ledger: Option<Arc<dyn LedgerDesk>>,
    centre: Option<Arc<dyn CentreDesk>>,
    cases: Family<Stage, Gauge>,
    officers: Vec<Arc<dyn RecoveryDesk>>,
}

impl Measures {
    /// Measures requests, and the parties that this process serves.
    #[must_use]
    pub fn new(
        ledger: Option<Arc<dyn LedgerDesk>>,
        centre: Option<Arc<dyn CentreDesk>>,
        officers: Vec<Arc<dyn RecoveryDesk>>,
    ) -> Self {
        let mut registry = Registry::with_prefix("city");
        let requests = Family::<Served, Counter>::default();
        registry.register("requests", "Requests by route and status", requests.clone());
        let constructor: fn() -> Histogram = || Histogram::new(SECONDS);
        let latency = Family::new_with_constructor(constructor);
        registry.register("request_seconds", "How long requests take", latency.clone());
        let (height, waiting) = (Gauge::default(), Gauge::default());
        let (orders, open) = (Family::default(), Family::default());
        if ledger.is_some() {
            registry.register("ledger_height", "The newest header", height.clone());
            registry.register("ledger_waiting", "Transactions that wait for a block", waiting.clone());
        }
        if centre.is_some() {
            registry.register("orders", "The centre's orders by stage", orders.clone());
            let help = "What else of the centre's is not at its end, by kind";
            registry.register("centre_open", help, open.clone());
        }
        let cases = Family::default();
        if !officers.is_empty() {
            let help = "Cases of recovery by stage, counted at every officer";
            registry.register("recovery_cases", help, cases.clone());
        }
        Self { registry, requests, latency, height, waiting, orders, open, ledger, centre, cases, officers }
    }

    /// The newest header, where the ledger is served.
    pub async fn height(&self) -> Result<Option<u64>, Refusal> {
        match &self.ledger {
            Some(ledger) => ledger.status().await.map(|status| Some(status.height)),
            None => Ok(None),
        }
    }

    /// Everything in the OpenMetrics text format.
    pub async fn encode(&self) -> Result<String, Refusal> {
        if let (Some(height), Some(ledger)) = (self.height().await?, &self.ledger) {
            self.height.set(i64::try_from(height).unwrap_or(i64::MAX));
            self.waiting.set(i64::try_from(ledger.waiting()).unwrap_or(i64::MAX));
        }
        for (stage, number) in self.centre.iter().flat_map(|centre| centre.stages()) {
            let stage = Stage { stage: stage.to_owned() };
            self.orders.get_or_create(&stage).set(i64::try_from(number).unwrap_or(i64::MAX));
        }
        for (kind, number) in self.centre.iter().flat_map(|centre| centre.open_work()) {
            let kind = Kind { kind: kind.to_owned() };
            self.open.get_or_create(&kind).set(i64::try_from(number).unwrap_or(i64::MAX));
        }
        let mut counted: BTreeMap<&'static str, u64> = BTreeMap::new();
        for (stage, number) in self.officers.iter().flat_map(|officer| officer.cases()) {
            let sum = counted.entry(stage).or_default();
            *sum = sum.saturating_add(number);
        }
        for (stage, number) in counted {
            let stage = Stage { stage: stage.to_owned() };
            self.cases.get_or_create(&stage).set(i64::try_from(number).unwrap_or(i64::MAX));
        }
        let mut text = String::new();
        encode(&mut text, &self.registry).map_err(|_| Refusal::Internal)?;
        Ok(text)
    }

    fn count(&self, route: &str, status: u16, began: Instant) {
        let seconds = began.elapsed().as_secs_f64();
        self.requests.get_or_create(&Served { route: route.to_owned(), status }).inc();
        self.latency.get_or_create(&Route { route: route.to_owned() }).observe(seconds);
        tracing::info!(route, status, milliseconds = seconds * 1_000.0, "request");
    }
}

impl fmt::Debug for Measures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Measures")
    }
}

/// Counts a request under its route's template; an unknown path is `none`, or strangers could fill the memory with names.
pub(crate) async fn measure(State(measures): State<Arc<Measures>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let answer = next.run(request).await;
    measures.count(route.as_deref().unwrap_or("none"), answer.status().as_u16(), began);
    answer
}
