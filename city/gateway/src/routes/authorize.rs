//! The page on which a citizen signs in at the issuer for what her wallet has pushed (RFC 9126): without scripts, Korean first.

use super::issuer::{Desk, PATH};
use crate::refusal::Refusal;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use city_services::issuer::SignIn;
use serde::Deserialize;

/// What stands in the address of a pushed request's page (RFC 9126, section 4).
#[derive(Deserialize)]
pub(super) struct Asked {
    client_id: String,
    request_uri: String,
}

/// The page. Whether the request is open, its answer says.
pub(super) async fn page(Query(asked): Query<Asked>) -> Response {
    shown(StatusCode::OK, &form(&asked, ""))
}

/// Somebody shows who she is: the browser goes back to the wallet, or she is told why it does not.
pub(super) async fn sign_in(State(desk): Desk, Form(sign_in): Form<SignIn>) -> Response {
    let SignIn { client_id, request_uri, .. } = sign_in.clone();
    match desk.sign_in(sign_in).await {
        Ok(address) => with_headers(Redirect::to(&address).into_response()),
        Err(Refusal::NotFound) => shown(
            StatusCode::NOT_FOUND,
            "<p role=\"alert\">시간이 지났습니다. 지갑에서 다시 시작해 주세요.</p>\
             <p lang=\"en\">The time is over. Please begin again in the wallet.</p>",
        ),
        Err(Refusal::Refused(_)) => {
            let wrong = "<p role=\"alert\">등록된 정보와 다릅니다. 세 번 틀리면 지갑에서 다시 시작해야 합니다.</p>\
                         <p lang=\"en\">This is not what the register has. After three times, begin again in the wallet.</p>";
            shown(StatusCode::FORBIDDEN, &form(&Asked { client_id, request_uri }, wrong))
        }
        Err(refusal) => refusal.into_response(),
    }
}

fn form(asked: &Asked, said: &str) -> String {
    let hidden = |name: &str, value: &str| {
        format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value))
    };
    let field = |name: &str, (ko, en): (&str, &str)| {
        format!(
            "<p><label>{ko} <span lang=\"en\">{en}</span><br><input name=\"{name}\" required autocomplete=\"off\"></label></p>"
        )
    };
    [
        said.to_owned(),
        format!("<form method=\"post\" action=\"{PATH}/authorize\">"),
        hidden("client_id", &asked.client_id),
        hidden("request_uri", &asked.request_uri),
        field("number", ("번호 (샌드박스)", "Number (sandbox)")),
        field("name", ("이름", "Name")),
        field("birth_date", ("생년월일 (예: 1999-03-02)", "Date of birth")),
        "<button>확인 <span lang=\"en\">Confirm</span></button></form>".to_owned(),
    ]
    .concat()
}

fn shown(status: StatusCode, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"ko\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>서울특별시 (샌드박스) · Seoul (sandbox)</title></head><body><main><h1>본인 확인</h1><h2 lang=\"en\">Who you are</h2>{body}</main></body></html>"
    );
    with_headers((status, Html(html)).into_response())
}

/// Nothing is loaded from elsewhere and nothing is kept; the address with the request is told nobody, and no other page frames this one.
fn with_headers(response: Response) -> Response {
    let headers = [
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ];
    (headers, response).into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
