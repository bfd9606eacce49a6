//! The page on which a citizen signs in at the issuer for what her wallet has pushed (RFC 9126): without scripts, Korean first.

use super::issuer::{Desk, PATH};
use crate::refusal::Refusal;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, Html, IntoResponse as _, Redirect, Response};
use city_services::issuer::{Asked, CredentialKind, SignIn, SignInPage, WALLET_ADDRESS};

/// Under which name the browser keeps its own.
const BROWSER: &str = "sign-in";
/// As long as a page may be open, and a bit.
const KEPT: u32 = 900;

/// The page, if the request is open.
pub(super) async fn page(State(desk): Desk, headers: HeaderMap, Query(asked): Query<Asked>) -> Response {
    match desk.sign_in_page(asked.clone(), browser(&headers)).await {
        Ok(page) => opened(StatusCode::OK, &asked, &page, ""),
        Err(refusal) => refused(refusal),
    }
}

/// Somebody shows who she is, or declines: the browser goes back to the wallet, or she is told why it does not.
pub(super) async fn sign_in(State(desk): Desk, headers: HeaderMap, Form(sign_in): Form<SignIn>) -> Response {
    let asked = Asked { client_id: sign_in.client_id.clone(), request_uri: sign_in.request_uri.clone() };
    let wrong = match desk.sign_in(sign_in, browser(&headers)).await {
        Ok(address) => return with_headers(Redirect::to(&address).into_response()),
        Err(Refusal::Refused(_)) => {
            "<p role=\"alert\">등록된 정보와 다릅니다. 세 번 틀리면 지갑에서 다시 시작해야 합니다.</p>\
             <p lang=\"en\">This is not what the register has. After three times, begin again in the wallet.</p>"
        }
        Err(refusal) => return refused(refusal),
    };
    match desk.sign_in_page(asked.clone(), browser(&headers)).await {
        Ok(page) => opened(StatusCode::FORBIDDEN, &asked, &page, wrong),
        Err(refusal) => refused(refusal),
    }
}

fn refused(refusal: Refusal) -> Response {
    match refusal {
        Refusal::NotFound => shown(
            StatusCode::NOT_FOUND,
            "<p role=\"alert\">시간이 지났습니다. 지갑에서 다시 시작해 주세요.</p>\
             <p lang=\"en\">The time is over. Please begin again in the wallet.</p>",
        ),
        Refusal::Malformed => shown(
            StatusCode::BAD_REQUEST,
            "<p role=\"alert\">이 페이지에서 보낸 것이 아닙니다. 쿠키를 허용하고 지갑에서 연 페이지를 다시 열어 주세요.</p>\
             <p lang=\"en\">This was not sent from this page. Allow cookies, and open the page again from the wallet.</p>",
        ),
        refusal => refusal.into_response(),
    }
}

/// The browser's own name, if it tells one.
fn browser(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == BROWSER).map(|(_, value)| value.to_owned())
}

fn opened(status: StatusCode, asked: &Asked, page: &SignInPage, said: &str) -> Response {
    let secure = if page.is_secure { "; Secure" } else { "" };
    let kept = format!(
        "{BROWSER}={}; Path={PATH}/authorize; Max-Age={KEPT}; HttpOnly; SameSite=Strict{secure}",
        page.browser
    );
    (AppendHeaders([(SET_COOKIE, kept)]), shown(status, &form(asked, page, said))).into_response()
}

fn form(asked: &Asked, page: &SignInPage, said: &str) -> String {
    let hidden = |name: &str, value: &str| {
        format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value))
    };
    let field = |name: &str, (ko, en): (&str, &str)| {
        format!(
            "<p><label>{ko} <span lang=\"en\">{en}</span><br><input name=\"{name}\" required autocomplete=\"off\"></label></p>"
        )
    };
    let button = |decision: &str, (ko, en): (&str, &str), more: &str| {
        format!(
            "<button name=\"decision\" value=\"{decision}\"{more}>{ko} <span lang=\"en\">{en}</span></button> "
        )
    };
    let wanted = |kind: &CredentialKind| {
        let (ko, en) = kind.titles();
        format!("<li>{ko} <span lang=\"en\">{en}</span></li>")
    };
    [
        said.to_owned(),
        "<p>이 휴대전화의 지갑이 다음을 받으려고 합니다.</p><p lang=\"en\">The wallet of this phone asks for:</p><ul>".to_owned(),
        page.credentials.iter().map(wanted).collect(),
        "</ul><p>지갑에서 직접 시작한 일이 아니면 거절해 주세요.</p><p lang=\"en\">Decline if you did not begin this in your wallet.</p>"
            .to_owned(),
        format!("<form method=\"post\" action=\"{PATH}/authorize\">"),
        hidden("client_id", &asked.client_id),
        hidden("request_uri", &asked.request_uri),
        hidden("word", &page.word),
        field("number", ("번호 (샌드박스)", "Number (sandbox)")),
        field("name", ("이름", "Name")),
        field("birth_date", ("생년월일 (예: 1999-03-02)", "Date of birth")),
        button("agree", ("확인하고 받기", "Confirm and agree"), ""),
        button("decline", ("거절", "Decline"), " formnovalidate"),
        "</form>".to_owned(),
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

/// Nothing is loaded from elsewhere and nothing is kept; the form goes here and from here to the wallet alone; the address with the request is told
/// nobody, and no other page frames this one.
fn with_headers(response: Response) -> Response {
    let policy = format!(
        "default-src 'none'; base-uri 'none'; form-action 'self' {WALLET_ADDRESS}; frame-ancestors 'none'"
    );
    let headers = [
        ("content-security-policy", policy.as_str()),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ];
    (headers, response).into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
