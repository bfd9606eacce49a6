//! The words of the card and of credentials.

use crate::case::Fields;
use crate::phone::Hand;
use crate::play::Fault;
use crate::words::{Answer, Token, With, and_optional, told};
use citizen_wallet::view::{
    AuthorizationView, CardView, ClaimView, CredentialDetailView, CredentialEventView, CredentialView,
    CustodyView, OfferReviewView, PendingCredentialView, PresentationReviewView, ServiceView, SignInView,
    SubmissionView,
};
use citizen_wallet_ffi::{PresentationPick, PresentationReview, Secret, Wallet};
use std::sync::Arc;
use std::time::Duration;

/// Between two questions of a word that asks until something has come about.
const PAUSE: Duration = Duration::from_millis(300);

const WORDS: [&str; 25] = [
    "card",
    "rotate-card",
    "custody",
    "freeze",
    "unfreeze",
    "object-to-recovery",
    "review-offer",
    "accept-offer",
    "authorize-offer",
    "pending-authorization",
    "complete-authorization",
    "cancel-authorization",
    "credentials",
    "refresh-credentials",
    "await-credential",
    "credential",
    "forget-credential",
    "pending-credentials",
    "forget-pending",
    "review-presentation",
    "present",
    "decline-presentation",
    "services",
    "forget-service",
    "credential-log",
];

/// Whether a word is one of these.
pub(crate) fn knows(word: &str) -> bool {
    WORDS.contains(&word)
}

/// Does what a word of the card says.
pub(crate) async fn act(
    hand: &mut Hand,
    wallet: &Wallet,
    word: &str,
    with: &mut With,
    token: Token,
) -> Answer {
    Ok(match word {
        "card" => card(&wallet.card(token).await?),
        "rotate-card" => card(&wallet.rotate_card(token).await?),
        "custody" => custody(&wallet.custody(token).await?),
        "freeze" => submission(&wallet.freeze(recovery(hand)?, token).await?),
        "unfreeze" => submission(&wallet.unfreeze(recovery(hand)?, token).await?),
        "object-to-recovery" => submission(&wallet.object_to_recovery(token).await?),
        "credentials" => held(&wallet.credentials(token).await?),
        "refresh-credentials" => held(&wallet.refresh_credentials(token).await?),
        "await-credential" => await_credential(wallet, &with.text("state")?, token).await?,
        "credential" => detail(&wallet.credential(with.text("credential")?, token).await?),
        "forget-credential" => {
            wallet.forget_credential(with.text("credential")?, token).await?;
            Fields::new()
        }
        "pending-credentials" => pending(&wallet.pending_credentials(token).await?),
        "forget-pending" => {
            wallet.forget_pending(with.text("pending")?, token).await?;
            Fields::new()
        }
        "pending-authorization" => {
            let waiting = wallet.pending_authorization(token).await?;
            let mut fields = told([("waits", waiting.is_some().to_string())]);
            fields.extend(waiting.as_ref().map(authorization).unwrap_or_default());
            fields
        }
        "complete-authorization" => held(&wallet.complete_authorization(with.text("text")?, token).await?),
        "cancel-authorization" => {
            wallet.cancel_authorization(token).await?;
            Fields::new()
        }
        "services" => services(&wallet.services(token).await?),
        "forget-service" => {
            wallet.forget_service(with.text("service")?, token).await?;
            Fields::new()
        }
        "credential-log" => log(&wallet.credential_log(token).await?, with.optional("kind").as_deref()),
        _ => return reviewed(hand, wallet, word, with, token).await,
    })
}

/// Until the first that is held is so: a list takes a moment to be anchored.
async fn await_credential(wallet: &Wallet, state: &str, token: Token) -> Answer {
    loop {
        let views = wallet.refresh_credentials(token.clone()).await?;
        if views.first().is_some_and(|first| *first.state() == state) {
            return Ok(held(&views));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What makes or takes a review in the hand.
async fn reviewed(hand: &mut Hand, wallet: &Wallet, word: &str, with: &mut With, token: Token) -> Answer {
    let nothing = || Fault::said("nothing was reviewed");
    Ok(match word {
        "review-offer" => {
            let review = wallet.review_offer(with.text("text")?, token).await?;
            let fields = offer(&review.view());
            hand.offer = Some(review);
            fields
        }
        "accept-offer" => {
            let review = hand.offer.clone().ok_or_else(nothing)?;
            let code = with.optional("code").map(|code| crate::phone::secret(&code));
            held(&wallet.accept_offer(review, code, token).await?)
        }
        "authorize-offer" => {
            let review = hand.offer.clone().ok_or_else(nothing)?;
            authorization(&wallet.authorize_offer(review, token).await?)
        }
        "review-presentation" => {
            let review = wallet.review_presentation(with.text("text")?, token).await?;
            let fields = request(&review.view());
            hand.request = Some(review);
            fields
        }
        "present" => {
            let review = hand.request.clone().ok_or_else(nothing)?;
            let picks = picks(&review, with.optional("claims"));
            let shown = wallet.present_credentials(review, picks, false, token).await?;
            told([("text_ko", shown.text().ko.clone())])
        }
        "decline-presentation" => {
            let review = hand.request.clone().ok_or_else(nothing)?;
            wallet.decline_presentation(review, token).await?;
            Fields::new()
        }
        other => return Err(Fault::said(&format!("no such word: {other}")).into()),
    })
}

fn recovery(hand: &Hand) -> Result<Arc<Secret>, Fault> {
    hand.recovery.clone().ok_or_else(|| Fault::said("no recovery code"))
}

/// What is suggested; with other claims, if the step names some.
fn picks(review: &PresentationReview, claims: Option<String>) -> Vec<PresentationPick> {
    let suggested = review.suggested().unwrap_or_default();
    let Some(claims) = claims else { return suggested };
    let claims: Vec<String> = claims.split(", ").map(str::to_owned).collect();
    suggested.into_iter().map(|pick| PresentationPick { claims: claims.clone(), ..pick }).collect()
}

fn card(view: &CardView) -> Fields {
    told([
        ("standing", (*view.standing()).to_owned()),
        ("epoch", view.epoch().to_string()),
        ("did", view.did().clone()),
        ("credentials", view.credentials().to_string()),
        ("signers", view.verified().signers().to_string()),
    ])
}

fn custody(view: &CustodyView) -> Fields {
    told([
        ("state", (*view.state()).to_owned()),
        ("frozen", view.is_frozen().to_string()),
        ("can_object", view.can_object().to_string()),
    ])
}

fn submission(view: &SubmissionView) -> Fields {
    told([("id", view.id().to_hex()), ("state", (*view.state()).to_owned())])
}

fn offer(view: &OfferReviewView) -> Fields {
    let types: Vec<&str> = view.credentials().iter().filter_map(|one| one.vct().as_deref()).collect();
    told([
        ("issuer", view.issuer().name().ko.clone()),
        ("registered", view.issuer().is_registered().to_string()),
        ("types", types.join(", ")),
        ("needs_code", view.needs_code().to_string()),
        ("needs_browser", view.needs_browser().to_string()),
        ("can_accept", view.can_accept().to_string()),
    ])
}

fn authorization(view: &AuthorizationView) -> Fields {
    told([
        ("issuer", view.issuer().ko.clone()),
        ("address", view.address().clone()),
        ("host", view.host().clone()),
        ("can_open", view.can_open().to_string()),
    ])
}

/// How many there are, and the first of them.
fn held(views: &[CredentialView]) -> Fields {
    let mut fields = told([("count", views.len().to_string())]);
    if let Some(first) = views.first() {
        fields.extend(credential(first));
    }
    fields
}

fn credential(view: &CredentialView) -> Fields {
    let fields = told([
        ("credential", view.id().to_string()),
        ("type", view.vct().clone()),
        ("state", (*view.state()).to_owned()),
        ("copies", view.copies_left().to_string()),
    ]);
    and_optional(fields, "issuer", view.issuer().as_ref().map(|issuer| issuer.ko.clone()))
}

/// How many there are, and the first of them.
fn pending(views: &[PendingCredentialView]) -> Fields {
    let mut fields = told([("count", views.len().to_string())]);
    if let Some(first) = views.first() {
        fields.extend(told([
            ("pending", first.id().to_string()),
            ("state", (*first.state()).to_owned()),
            ("types", first.vcts().join(", ")),
            ("issuer", first.issuer().ko.clone()),
        ]));
    }
    fields
}

/// With every claim that she may show, under its path.
fn detail(view: &CredentialDetailView) -> Fields {
    let mut fields = credential(view.credential());
    fields.insert("open".to_owned(), view.open().len().to_string());
    fields.extend(view.disclosable().iter().map(|claim| (claim.path().clone(), claim.value().clone())));
    fields
}

fn request(view: &PresentationReviewView) -> Fields {
    let first = view.asked().iter().filter_map(|part| part.showable().first()?.combinations().first());
    let written = |claim: &ClaimView| format!("{} = {}", claim.path(), claim.value());
    let claims: Vec<String> = first.flatten().map(written).collect();
    let fields = told([
        ("verifier", view.verifier().name().ko.clone()),
        ("host", view.verifier().host().clone()),
        ("registered", view.verifier().is_registered().to_string()),
        ("can_present", view.can_present().to_string()),
        ("claims", claims.join(", ")),
    ]);
    let fields = and_optional(fields, "claimed", view.claimed_name().clone());
    let fields = and_optional(fields, "sign_in", view.sign_in().as_ref().map(sign_in));
    and_optional(fields, "purpose", view.purposes().first().map(|purpose| purpose.ko.clone()))
}

fn sign_in(view: &SignInView) -> String {
    if *view.is_known() { "again" } else { "first" }.to_owned()
}

/// How many there are, and the first of them.
fn services(views: &[ServiceView]) -> Fields {
    let mut fields = told([("count", views.len().to_string())]);
    if let Some(first) = views.first() {
        fields.extend(told([
            ("service", first.id().to_string()),
            ("name", first.service().ko.clone()),
            ("host", first.host().clone()),
        ]));
    }
    fields
}

/// How many lines there are, and the last of them.
fn log(lines: &[CredentialEventView], kind: Option<&str>) -> Fields {
    let mut fields = told([("lines", lines.len().to_string())]);
    let is_meant = |line: &&CredentialEventView| kind.is_none_or(|kind| *line.kind() == kind);
    let Some(last) = lines.iter().rfind(is_meant) else { return fields };
    fields.extend(told([("kind", (*last.kind()).to_owned()), ("claims", last.claims().join(", "))]));
    let fields = and_optional(fields, "party", last.party().as_ref().map(|party| party.ko.clone()));
    let fields = and_optional(fields, "host", last.host().clone());
    let fields = and_optional(fields, "type", last.vct().clone());
    and_optional(fields, "purpose", last.purpose().as_ref().map(|purpose| purpose.ko.clone()))
}
