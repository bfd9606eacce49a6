//! A wallet: what it receives over OpenID4VCI it shows over OpenID4VP.

use super::world::{CardWorld, ISSUER};
use citizen_credential::sd_jwt::{Expected, HeldSdJwt, Kind, SdJwtIssuer, UnverifiedSdJwt};
use citizen_jose::{Algorithm, Anchor, Header, Signer as _, SoftwareSigner};
use citizen_openid4vc::dcql::{Authority, Candidate, CandidateId, Format};
use citizen_openid4vc::http::{HttpRequest, HttpResponse, Method, Reach, decode_form};
use citizen_openid4vc::vci::{
    Acceptance, Client, Flow, Incoming, IssuanceError, IssuanceSession, NotificationEvent, Step,
};
use citizen_openid4vc::vp::holder::claim_path;
use citizen_openid4vc::vp::{self, HolderSession, Insistence, Known, Profile};
use citizen_primitives::{Clock as _, Hash, UnixTime};
use city_services::issuer::{
    Application, Asked, Decision, IssuerEndpoint, OfferAnswer, SignIn, SignInPage, WALLET_ADDRESS,
};
use city_services::verifier::{Begun, Taken};
use city_services::{Issuer, ServiceError, Steps as _, Verifier};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};
use zeroize::Zeroizing;

/// Randomness of its own for each use.
pub(crate) fn dice() -> StdRng {
    static THROWN: AtomicU64 = AtomicU64::new(0);
    StdRng::seed_from_u64(THROWN.fetch_add(1, Ordering::SeqCst))
}

/// A copy of a credential, as it came, with its key.
pub(crate) struct Copy {
    pub(crate) text: String,
    pub(crate) held: HeldSdJwt,
    pub(crate) key: SoftwareSigner,
}

impl Copy {
    pub(crate) fn claims(&self) -> Value {
        self.held.verified().claims().clone()
    }

    pub(crate) fn index(&self) -> u64 {
        self.claims()["status"]["status_list"]["idx"].as_u64().unwrap()
    }
}

pub(crate) fn application(number: &str, name: &str, birth_date: &str, credentials: &[&str]) -> Application {
    Application {
        number: number.to_owned(),
        name: name.to_owned(),
        birth_date: birth_date.to_owned(),
        credentials: credentials.iter().map(|one| (*one).to_owned()).collect(),
    }
}

pub(crate) fn hong(credentials: &[&str]) -> Application {
    application("SB-1001", "홍 길동", "1999-03-02", credentials)
}

/// The issuer's answer over HTTP.
pub(crate) fn serve(issuer: &Issuer, request: &HttpRequest) -> Result<HttpResponse, ServiceError> {
    let url = request.url.as_str();
    let host = "https://card.seoul.example";
    if url == format!("{host}/.well-known/openid-credential-issuer/v1/issuer") {
        return Ok(HttpResponse::ok(&issuer.metadata()));
    }
    if url == format!("{host}/.well-known/oauth-authorization-server/v1/issuer") {
        return Ok(HttpResponse::ok(&issuer.server_metadata()));
    }
    let name = url.strip_prefix(ISSUER).unwrap().trim_start_matches('/');
    let endpoint = IssuerEndpoint::ALL.into_iter().find(|one| one.name() == name).unwrap();
    let incoming = Incoming {
        authorization: request.header("authorization"),
        dpop: request.header("dpop"),
        body: &request.body,
    };
    issuer.call(endpoint, &incoming)
}

/// Why nothing was received.
#[derive(Debug, PartialEq)]
pub(crate) enum NotReceived {
    Issuer(ServiceError),
    Session(IssuanceError),
}

/// From the offer to the copies, all of one batch.
pub(crate) async fn receive(card: &CardWorld, offer: &OfferAnswer) -> Result<Vec<Copy>, NotReceived> {
    receive_some(card, offer, 4).await
}

pub(crate) async fn receive_some(
    card: &CardWorld,
    offer: &OfferAnswer,
    copies: usize,
) -> Result<Vec<Copy>, NotReceived> {
    receive_by(card, offer, copies, false).await
}

/// By a wallet that asks again when the issuer has died, once it is back.
pub(crate) async fn receive_all_the_same(
    card: &CardWorld,
    offer: &OfferAnswer,
) -> Result<Vec<Copy>, NotReceived> {
    receive_by(card, offer, 4, true).await
}

async fn receive_by(
    card: &CardWorld,
    offer: &OfferAnswer,
    copies: usize,
    is_patient: bool,
) -> Result<Vec<Copy>, NotReceived> {
    let rng = &mut dice();
    let client = Client {
        reach: Reach::Https,
        client_id: "wallet".to_owned(),
        redirect_uri: WALLET_ADDRESS.to_owned(),
        copies,
    };
    let now = card.world.clock.now();
    let mut session = IssuanceSession::open(&offer.offer, client, now, rng).unwrap();
    let mut signers: Vec<SoftwareSigner> = Vec::new();
    let mut all_signers: Vec<SoftwareSigner> = Vec::new();
    loop {
        let now = card.world.clock.now();
        match session.next() {
            Step::Send(request) => {
                let response = match serve(&card.issuer(), &request) {
                    Err(ServiceError::Stopped) if is_patient => {
                        card.revive();
                        session.renew(now, rng).unwrap();
                        continue;
                    }
                    answered => answered.map_err(NotReceived::Issuer)?,
                };
                session.answer(&response, now, rng).map_err(NotReceived::Session)?;
            }
            Step::Review(review) => {
                let code = Some(Zeroizing::new(offer.transaction_code.clone()));
                let configurations = review.offer.configurations.clone();
                let flow =
                    if review.pre_authorized { Flow::PreAuthorized(code) } else { Flow::Authorization };
                session.accept(&Acceptance { configurations, flow }, now, rng).unwrap();
            }
            Step::Browse(address) => {
                let mut back = browse(card, address.as_str(), "홍 길동");
                if is_patient && back == Err(ServiceError::Stopped) {
                    card.revive();
                    back = browse(card, address.as_str(), "홍 길동");
                }
                session.returned(&back.map_err(NotReceived::Issuer)?, now, rng).unwrap();
            }
            Step::Keys { most, .. } => {
                all_signers.append(&mut signers);
                signers = (0..most).map(|_| SoftwareSigner::generate(Algorithm::Es256, rng)).collect();
                session.keys(signers.iter().map(SoftwareSigner::jwk).collect(), now).unwrap();
            }
            Step::Sign(inputs) => {
                let pairs = inputs.iter().zip(&signers);
                let signatures: Vec<_> = pairs.map(|(bytes, signer)| signer.sign(bytes).unwrap()).collect();
                session.sign(&signatures, now, rng).unwrap();
            }
            Step::Wait(seconds) => {
                let stepped = card.issuer().step().await;
                if is_patient && stepped == Err(ServiceError::Stopped) {
                    card.revive();
                } else {
                    stepped.unwrap();
                }
                card.world.clock.advance(seconds.count());
                session.renew(card.world.clock.now(), rng).unwrap();
            }
            Step::Received(issued) => {
                all_signers.append(&mut signers);
                let texts: Vec<String> = issued.into_iter().flat_map(|issued| issued.credentials).collect();
                session.settle(NotificationEvent::Accepted, now, rng).unwrap();
                while let Step::Send(request) = session.next() {
                    session.answer(&serve(&card.issuer(), &request).unwrap(), now, rng).unwrap();
                }
                return Ok(keep(card, texts, all_signers));
            }
            other => panic!("{other:?}"),
        }
    }
}

/// What she does in her browser: it opens the page, and posts what she types there.
pub(crate) fn browse(card: &CardWorld, address: &str, name: &str) -> Result<String, ServiceError> {
    let (sign_in, browser) = fill_in(card, address, name)?;
    card.issuer().sign_in(&sign_in, Some(&browser))
}

/// The page, filled in, and the name that the browser has of it.
pub(crate) fn fill_in(card: &CardWorld, address: &str, name: &str) -> Result<(SignIn, String), ServiceError> {
    let fields = decode_form(address.split_once('?').unwrap().1).unwrap();
    let (client_id, request_uri) = (fields["client_id"].clone(), fields["request_uri"].clone());
    let asked = Asked { client_id: client_id.clone(), request_uri: request_uri.clone() };
    let SignInPage { word, browser, .. } = card.issuer().sign_in_page(&asked, None)?;
    let (decision, number, birth_date) = (Decision::Agree, "SB-1001".to_owned(), "1999-03-02".to_owned());
    let sign_in =
        SignIn { client_id, request_uri, word, decision, number, name: name.to_owned(), birth_date };
    Ok((sign_in, browser))
}

/// A card of this content, made by whoever has the issuer's certificate.
pub(crate) fn forged(card: &CardWorld, claims: &Value) -> Copy {
    let rng = &mut dice();
    let key = SoftwareSigner::generate(Algorithm::Es256, rng);
    let plan = SdJwtIssuer::new(claims.as_object().unwrap().clone(), Kind::Credential).unwrap();
    let header = Header::new(Algorithm::Es256).with_x5c(card.certificate.chain()).with_typ("dc+sd-jwt");
    let issued = plan.holder(&key.jwk()).issue(&header, &card.certificate.signer(), rng).unwrap();
    keep(card, vec![issued.to_compact()], vec![key]).remove(0)
}

fn keep(card: &CardWorld, texts: Vec<String>, mut signers: Vec<SoftwareSigner>) -> Vec<Copy> {
    let key = card.certificate.chain().leaf().key().unwrap();
    let expected = Expected { now: card.world.clock.now(), kind: Kind::Credential, ..Expected::default() };
    let keep = |text: String| {
        let held = UnverifiedSdJwt::parse(&text).unwrap().accept(&key, &expected).unwrap();
        let bound = held.verified().holder_key().unwrap().unwrap();
        let at = signers.iter().position(|signer| signer.jwk().key == bound.key).unwrap();
        Copy { text, held, key: signers.swap_remove(at) }
    };
    texts.into_iter().map(keep).collect()
}

pub(crate) fn candidate(number: usize, copy: &Copy) -> Candidate {
    let claims = copy.claims();
    let others = claims["aka_vcts"].as_array().into_iter().flatten();
    let types = std::iter::once(&claims["vct"]).chain(others).map(|vct| vct.as_str().unwrap().to_owned());
    Candidate {
        id: CandidateId::new(&number.to_string()),
        format: Format::SdJwtVc,
        types: types.collect(),
        claims,
        authorities: authorities(copy),
        key_bound: true,
    }
}

/// Those that vouch for its issuer, and one that does not: this wallet lies.
fn authorities(copy: &Copy) -> Vec<Authority> {
    let header = copy.held.verified().header();
    let of_chain = |chain| Authority::of_chain(chain, UnixTime::from_seconds(1_800_000_000));
    let mut found = header.x5c.as_ref().map(of_chain).unwrap_or_default();
    found.push(Authority { kind: "aki".to_owned(), value: "AAAA".to_owned() });
    found
}

/// What the wallet posts in answer to a verifier's code, once the citizen has agreed to what it prefers.
pub(crate) fn agree(card: &CardWorld, verifier: &Verifier, begun: &Begun, copies: &[&Copy]) -> HttpRequest {
    agree_as(card, verifier, begun, (copies, &citizen(verifier, 1)))
}

/// The key by which a service knows a citizen: of each citizen one for each service.
pub(crate) fn citizen(verifier: &Verifier, number: u8) -> SoftwareSigner {
    let seed = Hash::plain(&[&[number], verifier.service().name.as_bytes()]);
    SoftwareSigner::from_bytes(Algorithm::Es256, seed.as_bytes()).unwrap()
}

/// The same, of somebody who signs in by this key if she is asked to.
pub(crate) fn agree_as(
    card: &CardWorld,
    verifier: &Verifier,
    begun: &Begun,
    by: (&[&Copy], &SoftwareSigner),
) -> HttpRequest {
    answer_as(card, review(card, verifier, begun), by)
}

/// From the review to what is posted, by what the wallet prefers, where nobody asks who she is.
pub(crate) fn answer(card: &CardWorld, session: HolderSession, copies: &[&Copy]) -> HttpRequest {
    let nobody = SoftwareSigner::from_bytes(Algorithm::Es256, &[1; 32]).unwrap();
    answer_as(card, session, (copies, &nobody))
}

fn answer_as(
    card: &CardWorld,
    mut session: HolderSession,
    (copies, known_by): (&[&Copy], &SoftwareSigner),
) -> HttpRequest {
    let rng = &mut dice();
    let candidates: Vec<Candidate> =
        copies.iter().enumerate().map(|(number, copy)| candidate(number, copy)).collect();
    let vp::Step::Review(asked) = session.next() else { panic!("{:?}", session.next()) };
    let selection = asked.query.evaluate(&candidates).preferred().unwrap();
    session.approve(&candidates, &selection, Insistence::No).unwrap();
    if let vp::Step::BeKnown(_) = session.next() {
        session.be_known_by(&known_by.jwk(), card.world.clock.now()).unwrap();
    }
    let of = |id: &CandidateId| copies[id.as_str().parse::<usize>().unwrap()];
    let vp::Step::Present(orders) = session.next() else { panic!() };
    let made = orders.iter().map(|order| {
        let paths: Vec<_> = order.claims.iter().map(|claim| claim_path(claim).unwrap()).collect();
        (of(&order.candidate).held.select_whole(&paths).unwrap(), Algorithm::Es256)
    });
    session.present(made.collect(), card.world.clock.now()).unwrap();
    let vp::Step::Sign(asked) = session.next() else { panic!() };
    let signatures: Vec<_> = asked.iter().map(|(id, bytes)| of(id).key.sign(bytes).unwrap()).collect();
    session.sign(&signatures, rng).unwrap();
    if let vp::Step::SignIn(bytes) = session.next() {
        session.sign_in(&known_by.sign(&bytes).unwrap(), rng).unwrap();
    }
    let vp::Step::Send(answer) = session.next() else { panic!() };
    answer
}

/// A session up to the review: the wallet takes the verifier's certificate for registered.
pub(crate) fn review(card: &CardWorld, verifier: &Verifier, begun: &Begun) -> HolderSession {
    let rng = &mut dice();
    let mut session = HolderSession::open(&begun.link, Profile::default(), rng).unwrap();
    let vp::Step::Send(request) = session.next() else { panic!() };
    assert_eq!(request.method, Method::Post);
    let handle = request.url.as_str().rsplit('/').next().unwrap().to_owned();
    let token = verifier.request_object(&handle, Some(&request.body)).unwrap();
    assert!(decode_form(&request.body).unwrap().contains_key("wallet_nonce"));
    session.answer(&HttpResponse::new(200, "application/oauth-authz-req+jwt", token)).unwrap();
    let vp::Step::Identify(vp::Question::Certificates(chain)) = session.next() else { panic!() };
    let anchor = Anchor::Thumbprint(chain.leaf().thumbprint());
    session.identify(Known::Anchors(vec![anchor]), card.world.clock.now(), rng).unwrap();
    session
}

/// The answer of a wallet goes where the request says.
pub(crate) async fn post(verifier: &Verifier, answer: &HttpRequest) -> Result<Taken, ServiceError> {
    let handle = answer.url.as_str().rsplit('/').next().unwrap();
    verifier.answer(handle, &answer.body).await
}
