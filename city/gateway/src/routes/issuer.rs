//! `/v1/issuer/…` and its well-known documents: OpenID4VCI 1.0, which says what these routes take and answer. They are not in this
//! gateway's own document.

use super::{LONGEST_BODY, authorize};
use crate::desk::IssuerDesk;
use crate::message::{Message, number};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use citizen_openid4vc::http::HttpResponse;
use citizen_openid4vc::vci::Incoming;
use city_services::issuer::{
    Application, CredentialKind, IssuerEndpoint, LossAnswer, LossReport, OfferAnswer,
};
use serde_json::Value;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

/// Where the issuer is, under the gateway.
pub const PATH: &str = "/v1/issuer";

pub(super) type Desk = State<Arc<dyn IssuerDesk>>;

/// The issuer's routes.
#[must_use]
pub fn issuer(desk: Arc<dyn IssuerDesk>) -> OpenApiRouter {
    let well_known = |name: &str| format!("/.well-known/{name}{PATH}");
    let routes = OpenApiRouter::new()
        .route(&well_known("openid-credential-issuer"), get(metadata))
        .route(&well_known("oauth-authorization-server"), get(server_metadata))
        .route(&well_known("jwt-vc-issuer"), get(key_metadata))
        .route(&format!("{}/{{name}}", well_known("vct")), get(type_description))
        .route(&format!("{PATH}/status-lists/{{number}}"), get(status_list))
        .route(&format!("{PATH}/offers"), post(offer))
        .route(&format!("{PATH}/offers/{{credential}}"), get(open_offer))
        .route(&format!("{PATH}/losses"), post(report_loss))
        .route(&format!("{PATH}/authorize"), get(authorize::page).post(authorize::sign_in));
    let routes = IssuerEndpoint::ALL.into_iter().fold(routes, |routes, endpoint| {
        let handler = move |desk: Desk, headers: HeaderMap, body: String| call(endpoint, desk, headers, body);
        routes.route(&format!("{PATH}/{}", endpoint.name()), post(handler))
    });
    routes.layer(DefaultBodyLimit::max(LONGEST_BODY)).with_state(desk)
}

async fn metadata(State(desk): Desk) -> Json<Value> {
    Json(desk.metadata())
}

async fn server_metadata(State(desk): Desk) -> Json<Value> {
    Json(desk.server_metadata())
}

async fn key_metadata(State(desk): Desk) -> Json<Value> {
    Json(desk.key_metadata())
}

/// To the byte as it is: whoever has a credential of the type holds it against a digest.
async fn type_description(State(desk): Desk, Path(name): Path<String>) -> Result<Response, Refusal> {
    let described = desk.type_description(&name)?;
    Ok(([(CONTENT_TYPE, "application/json")], described).into_response())
}

async fn call(
    endpoint: IssuerEndpoint,
    State(desk): Desk,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Refusal> {
    let text = |name: &str| one(&headers, name);
    let incoming =
        Incoming { authorization: text(AUTHORIZATION.as_str())?, dpop: text("dpop")?, body: &body };
    desk.call(endpoint, &incoming).await.map(answered)
}

/// A header that stands there once, or not at all (RFC 9449, section 4.3).
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(Refusal::Malformed);
    }
    first.map(|value| value.to_str().map_err(|_| Refusal::Malformed)).transpose()
}

/// The whole list, the same for everybody.
async fn status_list(State(desk): Desk, Path(text): Path<String>) -> Result<Response, Refusal> {
    let number = number(&text).and_then(|number| u32::try_from(number).ok());
    let token = desk.status_list(number.ok_or(Refusal::MalformedIdentifier)?).await?;
    Ok(([(CONTENT_TYPE, "application/statuslist+jwt"), (CACHE_CONTROL, "no-cache")], token).into_response())
}

/// The counter of the sandbox: number, name and day of birth, and the code stands in the answer.
async fn offer(
    State(desk): Desk,
    Message(application): Message<Application>,
) -> Result<Json<OfferAnswer>, Refusal> {
    desk.offer(application).await.map(Json)
}

/// An offer of a credential to whoever signs in for it.
async fn open_offer(State(desk): Desk, Path(credential): Path<String>) -> Result<Json<Value>, Refusal> {
    let kind = CredentialKind::of_name(&credential).ok_or(Refusal::NotFound)?;
    Ok(Json(serde_json::json!({ "offer": desk.open_offer(kind) })))
}

/// The same counter for whoever has lost her phone.
async fn report_loss(
    State(desk): Desk,
    Message(report): Message<LossReport>,
) -> Result<Json<LossAnswer>, Refusal> {
    desk.report_loss(report).await.map(Json)
}

/// A session's answer as HTTP.
pub(super) fn answered(answer: HttpResponse) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::builder().status(status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(answer.body.into()).unwrap_or_else(|_| Refusal::Internal.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use city_services::issuer::{Asked, Decision, SignIn, SignInPage};
    use serde_json::json;
    use tower::ServiceExt as _;

    /// Says back what it was handed.
    struct Echo;

    #[async_trait]
    impl IssuerDesk for Echo {
        fn metadata(&self) -> Value {
            json!({ "is": "issuer" })
        }

        fn server_metadata(&self) -> Value {
            json!({ "is": "server" })
        }

        fn key_metadata(&self) -> Value {
            json!({ "is": "keys" })
        }

        fn type_description(&self, name: &str) -> Result<String, Refusal> {
            if name == "seven" { Ok("{ \"b\": 1, \"a\": 2 }".to_owned()) } else { Err(Refusal::NotFound) }
        }

        async fn call(
            &self,
            endpoint: IssuerEndpoint,
            incoming: &Incoming<'_>,
        ) -> Result<HttpResponse, Refusal> {
            let Incoming { authorization, dpop, body } = incoming;
            let said =
                json!({ "at": endpoint.name(), "authorization": authorization, "dpop": dpop, "body": body });
            Ok(HttpResponse { status: 202, ..HttpResponse::ok(&said).with_header("dpop-nonce", "n") })
        }

        async fn status_list(&self, number: u32) -> Result<String, Refusal> {
            if number == 7 { Ok("a.b.c".to_owned()) } else { Err(Refusal::NotFound) }
        }

        async fn offer(&self, application: Application) -> Result<OfferAnswer, Refusal> {
            Ok(OfferAnswer { offer: application.name, transaction_code: "123456".to_owned() })
        }

        fn open_offer(&self, kind: CredentialKind) -> String {
            kind.name().to_owned()
        }

        async fn sign_in_page(&self, asked: Asked, browser: Option<String>) -> Result<SignInPage, Refusal> {
            if asked.request_uri != "urn:7" {
                return Err(Refusal::NotFound);
            }
            Ok(SignInPage {
                credentials: vec![CredentialKind::CitizenCard],
                browser: browser.unwrap_or_else(|| "fresh".to_owned()),
                word: "w<d".to_owned(),
                is_secure: asked.client_id == "s",
            })
        }

        async fn sign_in(&self, sign_in: SignIn, browser: Option<String>) -> Result<String, Refusal> {
            if browser.as_deref() != Some("b") || sign_in.word != "w<d" {
                return Err(Refusal::Malformed);
            }
            if sign_in.decision == Decision::Decline {
                return Ok("https://wallet.example/back?error=access_denied".to_owned());
            }
            match sign_in.number.as_str() {
                "1" => Ok(format!("https://wallet.example/back?code={}", sign_in.request_uri)),
                "2" => Err(Refusal::Refused("not-this-person")),
                _ => Err(Refusal::NotFound),
            }
        }

        async fn report_loss(&self, report: LossReport) -> Result<LossAnswer, Refusal> {
            Ok(LossAnswer { revoked: report.name.len() })
        }
    }

    async fn send(
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, HeaderMap, String) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (router, _) = issuer(Arc::new(Echo)).split_for_parts();
        let response = router.oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 100_000).await.unwrap().to_vec();
        (parts.status.as_u16(), parts.headers, String::from_utf8(body).unwrap())
    }

    #[tokio::test]
    async fn gateway_10_headers_and_bodies_reach_the_issuer_as_they_came_and_its_answer_the_wallet() {
        for endpoint in IssuerEndpoint::ALL {
            let path = format!("/v1/issuer/{}", endpoint.name());
            let headers = [("authorization", "DPoP t"), ("dpop", "p")];
            let (status, headers, body) = send("POST", &path, &headers, "a=1&b=홍").await;
            let said: Value = serde_json::from_str(&body).unwrap();
            assert_eq!((status, &headers["dpop-nonce"]), (202, &axum::http::HeaderValue::from_static("n")));
            let expected =
                json!({ "at": endpoint.name(), "authorization": "DPoP t", "dpop": "p", "body": "a=1&b=홍" });
            assert_eq!(said, expected);
            let twice = [("dpop", "p"), ("dpop", "q")];
            assert_eq!(send("POST", &path, &twice, "").await.0, 400, "a proof stands there once");
            let large = "x".repeat(LONGEST_BODY + 1);
            assert_eq!(send("POST", &path, &[], &large).await.0, 413);
        }
    }

    #[tokio::test]
    async fn gateway_10_well_known_documents_stand_between_host_and_path() {
        let document =
            async |name: &str| send("GET", &format!("/.well-known/{name}/v1/issuer"), &[], "").await.2;
        assert_eq!(document("openid-credential-issuer").await, r#"{"is":"issuer"}"#);
        assert_eq!(document("oauth-authorization-server").await, r#"{"is":"server"}"#);
        assert_eq!(document("jwt-vc-issuer").await, r#"{"is":"keys"}"#);
        // To the byte: a digest of it is signed.
        let described = async |name: &str| {
            let (status, headers, body) =
                send("GET", &format!("/.well-known/vct/v1/issuer/{name}"), &[], "").await;
            (status, headers["content-type"].to_str().unwrap().to_owned(), body)
        };
        let (status, media, body) = described("seven").await;
        assert_eq!((status, body.as_str()), (200, "{ \"b\": 1, \"a\": 2 }"));
        assert_eq!(media, "application/json");
        assert_eq!(described("eight").await.0, 404);
    }

    #[tokio::test]
    async fn gateway_10_a_status_list_has_its_media_type_and_one_address() {
        let (status, headers, body) = send("GET", "/v1/issuer/status-lists/7", &[], "").await;
        assert_eq!((status, body.as_str()), (200, "a.b.c"));
        assert_eq!(headers["content-type"], "application/statuslist+jwt");
        for (bad, refused) in [("8", 404), ("07", 400), ("-1", 400), ("4294967296", 400)] {
            assert_eq!(
                send("GET", &format!("/v1/issuer/status-lists/{bad}"), &[], "").await.0,
                refused,
                "{bad}"
            );
        }
    }

    #[tokio::test]
    async fn gateway_10_the_counter_takes_an_application_and_nothing_more() {
        let whole = json!({ "number": "1", "name": "홍 길동", "birth_date": "1999-03-02", "credentials": ["citizen-card"] });
        let (status, _, body) = send("POST", "/v1/issuer/offers", &[], &whole.to_string()).await;
        assert_eq!(
            (status, serde_json::from_str::<Value>(&body).unwrap()["offer"].clone()),
            (200, json!("홍 길동"))
        );
        let mut more = whole;
        more["rrn"] = json!("1");
        assert_eq!(send("POST", "/v1/issuer/offers", &[], &more.to_string()).await.0, 400);
    }

    #[tokio::test]
    async fn gateway_10_the_page_of_a_sign_in_sends_the_browser_back_or_says_why_not_and_keeps_nothing() {
        let page = "/v1/issuer/authorize?client_id=%22%3E%3Cscript&request_uri=urn%3A7";
        let (status, headers, html) = send("GET", page, &[], "").await;
        assert_eq!(
            (status, &headers["cache-control"]),
            (200, &axum::http::HeaderValue::from_static("no-store"))
        );
        assert!(html.contains("&quot;&gt;&lt;script") && !html.contains("<script"), "{html}");
        assert!(
            html.contains("서울시민카드") && html.contains("value=\"w&lt;d\""),
            "what it asks for: {html}"
        );
        let cookie = "sign-in=fresh; Path=/v1/issuer/authorize; Max-Age=900; HttpOnly; SameSite=Strict";
        assert_eq!(headers["set-cookie"].to_str().unwrap(), cookie);
        let secure = "/v1/issuer/authorize?client_id=s&request_uri=urn%3A7";
        let (_, headers, _) = send("GET", secure, &[("cookie", "a=1; sign-in=b")], "").await;
        assert_eq!(headers["set-cookie"].to_str().unwrap(), cookie.replace("fresh", "b") + "; Secure");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self' https://wallet")
        );
        let over = "/v1/issuer/authorize?client_id=w&request_uri=urn%3A8";
        assert_eq!(send("GET", over, &[], "").await.0, 404);
        assert_eq!(send("GET", "/v1/issuer/authorize?client_id=w", &[], "").await.0, 400);
        let post = async |fields: &str, cookie: &str| {
            let body = format!("client_id=w&request_uri=urn%3A7&word=w%3Cd&{fields}");
            let form = ("content-type", "application/x-www-form-urlencoded");
            send("POST", "/v1/issuer/authorize", &[form, ("cookie", cookie)], &body).await
        };
        let form = async |number: &str| {
            let fields = format!("decision=agree&number={number}&name=%ED%99%8D&birth_date=1999-03-02");
            post(&fields, "sign-in=b").await
        };
        let (status, headers, _) = form("1").await;
        assert_eq!(
            (status, headers["location"].to_str().unwrap()),
            (303, "https://wallet.example/back?code=urn:7")
        );
        assert_eq!(&headers["referrer-policy"], "no-referrer");
        let (status, headers, _) = post("decision=decline&number=&name=&birth_date=", "sign-in=b").await;
        let declined = "https://wallet.example/back?error=access_denied";
        assert_eq!((status, headers["location"].to_str().unwrap()), (303, declined));
        let (status, _, html) = form("2").await;
        assert!(status == 403 && html.contains("value=\"urn:7\""), "she may try again: {html}");
        assert_eq!(form("3").await.0, 404);
        assert_eq!(post("decision=decline", "other=b").await.0, 400, "ISSUER-10: from another page");
        let (status, _, offer) = send("GET", "/v1/issuer/offers/citizen-card", &[], "").await;
        assert_eq!((status, offer.as_str()), (200, r#"{"offer":"citizen-card"}"#));
        assert_eq!(send("GET", "/v1/issuer/offers/passport", &[], "").await.0, 404);
    }

    #[tokio::test]
    async fn gateway_10_the_counter_hears_of_a_loss() {
        let whole = json!({ "number": "1", "name": "홍", "birth_date": "1999-03-02" });
        let (status, _, body) = send("POST", "/v1/issuer/losses", &[], &whole.to_string()).await;
        assert_eq!((status, body.as_str()), (200, r#"{"revoked":3}"#));
        assert_eq!(send("POST", "/v1/issuer/losses", &[], r#"{"number":"1"}"#).await.0, 400);
    }
}
