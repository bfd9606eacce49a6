//! The gateway of all phones: it stands before the city's own and lies while it is told to.

use crate::Failed;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method as HttpMethod, StatusCode, Uri, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response as HttpResponse};
use citizen_client::{Https, Method, Request, Response, Transport as _};
use citizen_keys::SigningKey;
use citizen_primitives::{Place, random};
use city_sandbox::city::address;
use city_sandbox::lying::{ForgedMerchant, Lie, LyingGateway, MorePoints, OldState};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use url::Url;

const HANDED_ON: Place = Place::new("stage/handed-on");

/// A gateway on a port of its own.
pub(crate) struct Gateway {
    url: Url,
    lying: Arc<LyingGateway>,
}

/// What the handler needs.
#[derive(Clone)]
struct Before {
    city: Url,
    lying: Arc<LyingGateway>,
}

impl Gateway {
    /// Opens one before a city. Honest so far.
    pub(crate) async fn before(city: &Url) -> Result<Self, Failed> {
        let lying = Arc::new(LyingGateway::before(Arc::new(Https::new()?)));
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let url = address(listener.local_addr()?)?;
        let state = Before { city: city.clone(), lying: Arc::clone(&lying) };
        let router = Router::new().fallback(hand_on).with_state(state);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, lying })
    }

    pub(crate) const fn url(&self) -> &Url {
        &self.url
    }

    /// From now on tells this lie.
    pub(crate) fn tell(&self, lie: &str) -> Result<(), Failed> {
        let lie: Option<Arc<dyn Lie>> = match lie {
            "none" => None,
            "more-points" => Some(Arc::new(MorePoints)),
            "forged-merchant" => Some(Arc::new(ForgedMerchant(SigningKey::generate(&mut random::system())))),
            "old-state" => Some(Arc::new(OldState::default())),
            "garbage" => Some(Arc::new(Halves)),
            other => return Err(format!("no such lie: {other}").into()),
        };
        self.lying.tell(lie);
        Ok(())
    }
}

/// Half of every answer.
struct Halves;

impl Lie for Halves {
    fn tell(&self, _: &str, mut answer: Response) -> Response {
        answer.body.truncate(answer.body.len() / 2);
        answer
    }
}

async fn hand_on(
    State(Before { city, lying }): State<Before>,
    method: HttpMethod,
    asked: Uri,
    body: Bytes,
) -> HttpResponse {
    let method = if method == HttpMethod::POST { Method::Post } else { Method::Get };
    let Ok(url) = city.join(asked.path_and_query().map_or("/", |asked| asked.as_str())) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match lying.send(Request { place: HANDED_ON, method, url, body: body.to_vec() }).await {
        Ok(Response { status, body }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            (status, [(CONTENT_TYPE, "application/json")], body).into_response()
        }
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
