//! Her card on the screens: offered, held, asked for; valid, few copies left, expired, revoked; stopped, or about to change hands.

use super::recovery::custody;
use super::{DAY, HOUR, MINUTE, NOW, PreviewState, ago, ahead, hash, krw, said, text, verified};
use crate::error::Message;
use crate::id::{CredentialId, IssuanceId, ServiceId};
use crate::record::{ActivityKind, ActivityRow, ClaimName, DisclosureLine, NamesRow, SignInLine};
use crate::view::{
    AskedView, AuthorizationView, CardView, ClaimView, CredentialDetailView, CredentialEventView,
    CredentialView, Names, OfferReviewView, OfferedCredentialView, OrderCardReviewView, OrderCardView,
    PendingCredentialView, PresentationReviewView, PresentedView, RegisteredView, RegistrationCardView,
    ServiceView, ShowableView, SignInView, StatusView, view,
};
use citizen_client::authorised::VOTER;
use citizen_ledger::{GrantedClaim, PaymentCardRule};
use citizen_primitives::{AccountId, UnixTime};
use citizen_voting::manifest::Bilingual;

const CARD: &str = "urn:seoul:citizen-card:1";
const DISCOUNT: &str = "urn:seoul:multi-child-card:1";
const HOST: &str = "library.mapo.example";
/// What a card and a discount card say, and whether it can be shown apart.
const CLAIMS: [(&str, &str); 8] = [
    ("family_name", "김"),
    ("given_name", "하나"),
    ("birthdate", "1999-03-02"),
    ("address.district", "마포구"),
    ("address.neighbourhood", "망원동"),
    ("age_over_14", "true"),
    ("age_over_19", "true"),
    ("nationality", "KR"),
];

view! {
    /// What the screens of the card show.
    CardViews {
        /// This phone's key, and in whose hands the account is.
        card: CardView,
        /// What she holds, with what it says. Of one whose issuer could not be proved again the wallet shows no claim: there are none.
        held: Vec<CredentialDetailView>,
        /// What she accepted and has not got.
        pending: Vec<PendingCredentialView>,
        /// An offer before she accepts it.
        offer: OfferReviewView,
        /// The sign-in at the issuer's page that the browser is open for.
        #[serde(skip_serializing_if = "Option::is_none")]
        authorization: Option<AuthorizationView>,
        /// A request before she answers it.
        request: PresentationReviewView,
        /// What a presentation came to.
        presented: PresentedView,
        /// Who saw what of her.
        log: Vec<CredentialEventView>,
        /// Services that know her.
        services: Vec<ServiceView>,
    }
}

impl CardViews {
    pub(super) fn of(state: PreviewState) -> Self {
        let held = held(state);
        Self {
            card: card(state, held.len()),
            pending: if state == PreviewState::IssuancePending { pending(state) } else { Vec::new() },
            offer: offer(state),
            authorization: (state == PreviewState::OfferBrowser).then(|| authorization(state)),
            request: request(state),
            presented: PresentedView {
                go_to: None,
                text: Message::of(if signs_in(state) { "presented.signed-in" } else { "presented.taken" })
                    .with_message("verifier", &library(state)),
            },
            log: log(state),
            services: services(state),
            held,
        }
    }
}

fn card(state: PreviewState, credentials: usize) -> CardView {
    let standing = match state {
        PreviewState::Frozen => "frozen",
        state if state.stands_still() => "recovering",
        PreviewState::Fenced => "replaced",
        _ => "active",
    };
    let custody = custody(state);
    CardView {
        account: AccountId::from_hash(hash("account")),
        epoch: 0,
        // The shapes are right; nobody has the key.
        did: "did:jwk:eyJrdHkiOiJFQyIsImNydiI6IlAtMjU2IiwieCI6IlBSRVZJRVciLCJ5IjoiUFJFVklFVyJ9".to_owned(),
        thumbprint: "PREVIEWPREVIEWPREVIEWPREVIEWPREVIEWPREVIEWP".to_owned(),
        standing,
        is_listed: standing != "replaced",
        credentials,
        verified: custody.verified.clone(),
        freshness: custody.freshness,
        text: Message::of(&format!("card.{standing}")),
        custody,
    }
}

fn held(state: PreviewState) -> Vec<CredentialDetailView> {
    match state {
        PreviewState::Empty | PreviewState::CardNeeded => Vec::new(),
        PreviewState::RequestOptional => vec![detail(state, CARD), detail(state, DISCOUNT)],
        _ => vec![detail(state, CARD)],
    }
}

fn detail(state: PreviewState, vct: &str) -> CredentialDetailView {
    let credential = credential(state, vct);
    let names: &[&str] = match (credential.state, vct) {
        ("unproved", _) => &[],
        (_, DISCOUNT) => &["eligible"],
        _ => &CLAIMS.map(|(path, _)| path),
    };
    let disclosable = names.iter().map(|path| claim(state, path)).collect();
    CredentialDetailView { credential, disclosable, open: Vec::new(), verified: verified(state) }
}

fn credential(state: PreviewState, vct: &str) -> CredentialView {
    let word = match state {
        PreviewState::CardExpired => "expired",
        PreviewState::CardRevoked => "revoked",
        PreviewState::CardUnproved => "unproved",
        PreviewState::Stale => "unchecked",
        _ => "valid",
    };
    let expires = if word == "expired" { ago(DAY) } else { ahead(300 * DAY) };
    let copies_left = if state == PreviewState::CardFew { 2 } else { 9 };
    let is_proved = word != "unproved";
    let status = status(state);
    CredentialView {
        id: id(vct),
        vct: vct.to_owned(),
        name: if is_proved { names().of_type(vct) } else { Message::same(vct) },
        state: word,
        issuer: is_proved.then(|| issuer(state)),
        received: ago(65 * DAY),
        expires: Some(expires),
        checked: *status.checked(),
        status,
        copies_left,
        needs_refill: copies_left < 4,
        verified: is_proved.then(|| verified(state)),
        text: Message::of(&format!("credential-state.{word}")),
    }
}

/// A certificate that comes from the hospital, and one of whose issuer nothing was heard.
fn pending(state: PreviewState) -> Vec<PendingCredentialView> {
    let row = |number, issuer: Message, vct: &str, word, (begun, next)| PendingCredentialView {
        id: IssuanceId::from_bytes([number; 16]),
        vcts: vec![vct.to_owned()],
        begun,
        state: word,
        next,
        text: Message::of(&format!("pending-credential.{word}")).with_message("issuer", &issuer),
        issuer,
    };
    let centre = said("마포구보건소", "Mapo-gu Public Health Centre");
    vec![
        row(1, centre, "urn:seoul:health-check:1", "being-issued", (ago(2 * DAY), ahead(3 * HOUR))),
        row(2, issuer(state), "urn:seoul:resident-certificate:1", "unanswered", (ago(HOUR), ago(MINUTE))),
    ]
}

fn authorization(state: PreviewState) -> AuthorizationView {
    let (issuer, host) = (issuer(state), "issuer.seoul.example".to_owned());
    AuthorizationView {
        text: Message::of("authorization.open").with_message("issuer", &issuer).with("host", &host),
        address: format!("https://{host}/authorize?client_id=seoul-citizen-wallet&request_uri=preview"),
        host,
        can_open: true,
        opens_until: Some(ahead(2 * MINUTE)),
        until: ahead(30 * MINUTE),
        issuer,
    }
}

fn offer(state: PreviewState) -> OfferReviewView {
    let is_known = state != PreviewState::OfferUnknown;
    let issuer = registered(state, is_known.then(|| issuer(state)), "issuer.seoul.example");
    let needs_browser = state == PreviewState::OfferBrowser;
    let key = match (is_known, needs_browser) {
        (false, _) => "offer.unknown",
        (true, true) => "offer.browser",
        (true, false) => "offer.registered",
    };
    OfferReviewView {
        text: Message::of(key).with_message("issuer", &issuer.name),
        credentials: vec![OfferedCredentialView {
            configuration: "citizen-card".to_owned(),
            vct: Some(CARD.to_owned()),
            name: if is_known { names().of_type(CARD) } else { Message::same(CARD) },
            is_granted: is_known,
            purpose: is_known.then(|| said("서울 시민임을 증명", "Proof of being a citizen of Seoul")),
        }],
        needs_code: !needs_browser,
        is_code_numeric: !needs_browser,
        code_length: (!needs_browser).then_some(6),
        needs_browser,
        code_hint: (!needs_browser).then(|| "문자로 보내 드린 여섯 자리 숫자입니다.".to_owned()),
        can_accept: is_known,
        issuer,
    }
}

fn request(state: PreviewState) -> PresentationReviewView {
    let is_known = state != PreviewState::RequestUnknown;
    let host = if is_known { HOST } else { "mapo-library.example.net" };
    let verifier = registered(state, is_known.then(|| library(state)), host);
    let asked = asked(state);
    let key = match (is_known, asked.is_empty()) {
        (false, _) => "request.unknown",
        (true, false) => "request.registered",
        (true, true) => "request.sign-in",
    };
    let is_answered = |part: &AskedView| part.is_optional || !part.showable.is_empty();
    PresentationReviewView {
        text: Message::of(key).with_message("verifier", &verifier.name),
        claimed_name: (!is_known).then(|| "마포도서관".to_owned()),
        purposes: if is_known && !asked.is_empty() { vec![purpose()] } else { Vec::new() },
        can_insist: false,
        can_present: is_known && asked.iter().all(is_answered),
        sign_in: signs_in(state).then(|| SignInView::since(&verifier.name, visited(state))),
        verifier,
        asked,
    }
}

/// What is asked for: the district and over 19, unless the state is about something else.
fn asked(state: PreviewState) -> Vec<AskedView> {
    let part = |query: &str, is_optional, showable| AskedView {
        query: query.to_owned(),
        is_optional,
        multiple: false,
        showable,
    };
    let of_card = |combinations: &[&[&str]], beyond: &[&str]| {
        let is_held = matches!(credential(state, CARD).state, "valid" | "unchecked");
        let is_shown = is_held && !held(state).is_empty();
        is_shown.then(|| showable(state, CARD, combinations, beyond)).into_iter().collect()
    };
    let usual: &[&str] = &["address.district", "age_over_19"];
    match state {
        PreviewState::SignInAgain => Vec::new(),
        PreviewState::RequestUnanswerable => vec![part("eligibility", false, Vec::new())],
        PreviewState::RequestOptional => vec![
            part("card", false, of_card(&[&["age_over_14"], &["birthdate"]], &[])),
            part("discount", true, vec![showable(state, DISCOUNT, &[&["eligible"]], &[])]),
        ],
        PreviewState::RequestBeyond => {
            let more: &[&str] = &["address.district", "age_over_19", "birthdate"];
            vec![part("card", false, of_card(&[more], &["birthdate"]))]
        }
        PreviewState::RequestUnknown => vec![part("card", false, of_card(&[usual], usual))],
        _ => vec![part("card", false, of_card(&[usual], &[]))],
    }
}

fn showable(state: PreviewState, vct: &str, combinations: &[&[&str]], beyond: &[&str]) -> ShowableView {
    let claims = |paths: &&[&str]| paths.iter().map(|path| claim(state, path)).collect();
    ShowableView {
        credential: id(vct),
        vct: vct.to_owned(),
        name: names().of_type(vct),
        combinations: combinations.iter().map(claims).collect(),
        open: Vec::new(),
        beyond: beyond.iter().map(|path| (*path).to_owned()).collect(),
        status: status(state),
    }
}

/// Looked up an hour ago, or never; a card of which few copies are left has lain for days.
fn status(state: PreviewState) -> StatusView {
    match state {
        PreviewState::Stale => StatusView::unknown(),
        PreviewState::CardFew => StatusView::known(ago(3 * DAY), ago(2 * DAY), NOW),
        _ => StatusView::known(ago(HOUR), ahead(HOUR), NOW),
    }
}

fn claim(state: PreviewState, path: &str) -> ClaimView {
    let value = match (path, state) {
        ("given_name", PreviewState::LongNames) => "박하늘별님구름햇님보다사랑스러우리",
        ("address.neighbourhood", PreviewState::LongNames) => {
            "월드컵로13길 망원제1동 전통시장 상가아파트 가동"
        }
        _ => CLAIMS.into_iter().find(|(own, _)| *own == path).map_or("true", |(_, value)| value),
    };
    ClaimView { path: path.to_owned(), label: names().of_claim(CARD, path), value: value.to_owned() }
}

/// By the real log's own lines.
fn log(state: PreviewState) -> Vec<CredentialEventView> {
    if state == PreviewState::Empty {
        return Vec::new();
    }
    let (issuer, verifier) = (written(&issuer(state)), written(&library(state)));
    let shown = DisclosureLine {
        verifier: verifier.clone(),
        host: HOST.to_owned(),
        credential: CARD.to_owned(),
        claims: vec!["address.district".to_owned(), "age_over_19".to_owned()],
        purpose: Some(written(&purpose())),
    };
    let lines = [
        (ago(65 * DAY), ActivityKind::CredentialReceived { credential: CARD.to_owned(), issuer }),
        (ago(2 * DAY), ActivityKind::Presented(Box::new(shown))),
        (ago(20 * MINUTE), ActivityKind::Declined { verifier: verifier.clone(), host: HOST.to_owned() }),
    ];
    let known = visited(state).map(|time| {
        let line = SignInLine { verifier, host: HOST.to_owned(), is_first: false };
        (time, ActivityKind::SignedIn(Box::new(line)))
    });
    lines.into_iter().chain(known).filter_map(|(time, kind)| event(time, kind)).collect()
}

fn event(time: UnixTime, kind: ActivityKind) -> Option<CredentialEventView> {
    CredentialEventView::of(&ActivityRow { time, kind }, &names())
}

/// What registrars are shown of the card, if she holds one that can be shown.
pub(super) fn for_registration(state: PreviewState) -> Option<RegistrationCardView> {
    let is_valid = |held: &CredentialDetailView| held.credential.state == "valid";
    let card = held(state).into_iter().find(is_valid)?.credential;
    Some(RegistrationCardView { credential: card.id, vct: card.vct, claims: vec![VOTER.to_owned()] })
}

/// What of her card a payment above the limit shows.
pub(super) fn for_payment() -> OrderCardReviewView {
    let rule = PaymentCardRule {
        above: krw(150_000),
        credential: text(CARD),
        claims: vec![GrantedClaim(vec![text("age_over_14")])],
    };
    OrderCardReviewView::new(&rule, id(CARD))
}

/// The centre has checked the card of a payment.
pub(super) fn of_payment() -> OrderCardView {
    OrderCardView { state: "taken", reason: None, text: Message::of("order-card.taken") }
}

const fn signs_in(state: PreviewState) -> bool {
    matches!(state, PreviewState::SignInFirst | PreviewState::SignInAgain)
}

/// When she signed in to the library last; never where it does not know her.
fn visited(state: PreviewState) -> Option<UnixTime> {
    let is_new = matches!(state, PreviewState::Empty | PreviewState::SignInFirst);
    (!is_new).then(|| ago(15 * MINUTE))
}

fn services(state: PreviewState) -> Vec<ServiceView> {
    if state == PreviewState::Empty {
        return Vec::new();
    }
    let service = |number, name, host: &str, times| {
        ServiceView::known(ServiceId::from_bytes([number; 16]), name, host.to_owned(), times)
    };
    let sports = said("마포구민체육센터", "Mapo Sports Centre");
    let sports = service(2, sports, "sports.mapo.example", (ago(40 * DAY), ago(9 * DAY)));
    let library = visited(state).map(|last| service(1, library(state), HOST, (ago(2 * DAY), last)));
    library.into_iter().chain([sports]).collect()
}

fn registered(state: PreviewState, name: Option<Message>, host: &str) -> RegisteredView {
    RegisteredView {
        is_registered: name.is_some(),
        verified: name.is_some().then(|| verified(state)),
        name: name.unwrap_or_else(|| Message::same(host)),
        host: host.to_owned(),
    }
}

/// As the issuer calls them.
fn names() -> Names {
    let claim = |(path, ko, en): (&str, &str, &str)| ClaimName {
        path: path.split('.').map(|step| Some(step.to_owned())).collect(),
        name: written(&said(ko, en)),
    };
    let claims = [
        ("family_name", "성", "Family name"),
        ("given_name", "이름", "Given name"),
        ("birthdate", "생년월일", "Date of birth"),
        ("address.district", "자치구", "District"),
        ("address.neighbourhood", "동", "Neighbourhood"),
        ("age_over_14", "14세 이상", "14 or older"),
        ("age_over_19", "19세 이상", "19 or older"),
        ("nationality", "국적", "Nationality"),
        ("eligible", "해당", "Eligible"),
    ];
    let row = |vct: &str, ko, en| NamesRow {
        vct: vct.to_owned(),
        name: Some(written(&said(ko, en))),
        claims: claims.map(claim).into(),
    };
    let discount = row(DISCOUNT, "다자녀 카드", "Multi-child card");
    Names::of(vec![row(CARD, "서울시민카드", "Seoul citizen card"), discount])
}

fn issuer(state: PreviewState) -> Message {
    match state {
        PreviewState::LongNames => said(
            "서울특별시 디지털도시국 시민서비스담당관 모바일 시민카드 발급센터",
            "Citizen Card Office of the Digital City Bureau of Seoul",
        ),
        _ => said("서울 시민카드 발급처", "Citizen Card Office of Seoul"),
    }
}

fn library(state: PreviewState) -> Message {
    match state {
        PreviewState::LongNames => said(
            "서울특별시 마포구립 망원한강공원 어린이·청소년 디지털 도서관",
            "Digital Library for Children and Young People at Mangwon Hangang Park",
        ),
        _ => said("마포도서관", "Mapo Library"),
    }
}

fn purpose() -> Message {
    said("마포구에 사는 19세 이상 시민의 회원 가입", "Joining, for citizens of Mapo-gu over 19")
}

fn written(message: &Message) -> Bilingual {
    Bilingual { ko: text(&message.ko), en: text(&message.en) }
}

fn id(vct: &str) -> CredentialId {
    CredentialId::from_bytes([if vct == CARD { 1 } else { 2 }; 16])
}
