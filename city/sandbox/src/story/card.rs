//! Her citizen card: it comes, it says that she lives in Mapo-gu and is over 19 and nothing else, a certificate is submitted without paper, and a
//! stranger who calls itself the library is shown nothing.

use super::{Story, expect_refusal};
use crate::city::{CityError, bind};
use crate::failure::Failure;
use crate::narrator::Line;
use crate::stranger::Stranger;
use citizen_primitives::random::{generate_array, system};
use citizen_wallet::view::{ClaimView, CredentialView, RegisteredView};
use citizen_wallet::{Message, PresentationReview};
use city_services::ServiceError;
use city_services::issuer::{Application, CredentialKind};
use city_services::verifier::{Outcome, Standing, Verifier, Visitor};
use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use tokio::net::TcpListener;
use url::Url;

/// She as the register of residents has her: number, name, day of birth.
pub(super) const RESIDENT: (&str, &str, &str) = ("SB-1007", "김지우", "2000-05-17");
/// The first of the ports for a new city, and how many there are.
const PORTS: (u16, u16) = (20_000, 10_000);
/// What she applies for.
const CREDENTIALS: [CredentialKind; 2] = [CredentialKind::CitizenCard, CredentialKind::YouthAllowance];

impl<W: Write> Story<'_, W> {
    pub(super) async fn show_her_card(&mut self) -> Result<(), Failure> {
        self.have_card().await?;
        self.show_to("mapo-library", "card.shown").await?;
        self.come_back_to("mapo-library").await?;
        self.show_to("youth-allowance", "card.paperless").await?;
        self.meet_a_stranger().await
    }

    /// She goes to the counter when nothing is left to show: each copy is shown once.
    async fn have_card(&mut self) -> Result<(), Failure> {
        if let Some(copies) = self.copies_left().await? {
            return Ok(self.narrator.step("name.card", &Line::of("card.kept").with("copies", copies))?);
        }
        let (number, name, birth_date) = RESIDENT;
        let application = Application {
            number: number.to_owned(),
            name: name.to_owned(),
            birth_date: birth_date.to_owned(),
            credentials: CREDENTIALS.iter().map(|kind| kind.name().to_owned()).collect(),
        };
        let offer = self.city.cards().issuer.offer(&application).map_err(failed)?;
        let review = self.citizen.wallet.review_offer(&offer.offer).await?;
        let issuer = named(review.view().issuer());
        let held = self.citizen.wallet.accept_offer(review, Some(&offer.transaction_code)).await?;
        let copies = fewest(&held).unwrap_or_default();
        Ok(self.narrator.step("name.card", &issuer(Line::of("card.received")).with("copies", copies))?)
    }

    /// What is left of an earlier day, as the issuer has it now. Credentials of a city that was at another address cannot be looked up any more.
    async fn copies_left(&self) -> Result<Option<usize>, Failure> {
        let wallet = &self.citizen.wallet;
        let held = wallet.credentials()?;
        let copies = match wallet.refresh_credentials().await {
            Ok(now) => fewest(&now),
            Err(_) => None,
        };
        if copies.is_none() {
            for old in held {
                wallet.forget_credential(old.id()).await?;
            }
        }
        Ok(copies)
    }

    async fn show_to(&mut self, service: &str, key: &str) -> Result<(), Failure> {
        let wallet = &self.citizen.wallet;
        let verifier = self.verifier(service)?;
        let begun = verifier.begin().map_err(failed)?;
        let review = wallet.review_presentation(&begun.link).await?;
        let who = named(review.view().verifier());
        let claims = suggested(&review);
        let choice = review.suggested().ok_or_else(not_accepted)?;
        wallet.present_credentials(review, &choice).await?;
        match verifier.standing(&begun.ticket).map_err(failed)?.0 {
            Standing::Ended(Outcome::Accepted { .. }) => {}
            Standing::Ended(Outcome::Refused(refused)) => {
                let (ko, en) = refused.sentences();
                return Err(Failure(Line::new(ko, en)));
            }
            Standing::Waiting | Standing::Over => return Err(not_accepted()),
        }
        Ok(self.narrator.more(&who(Line::of(key)).with("claims", claims))?)
    }

    /// She signs in again, and shows nothing: the service knows her by a key that no other has seen.
    async fn come_back_to(&mut self, service: &str) -> Result<(), Failure> {
        let wallet = &self.citizen.wallet;
        let verifier = self.verifier(service)?;
        let begun = verifier.begin_return().map_err(failed)?;
        let review = wallet.review_presentation(&begun.link).await?;
        let who = named(review.view().verifier());
        let choice = review.suggested().ok_or_else(not_accepted)?;
        wallet.present_credentials(review, &choice).await?;
        match verifier.standing(&begun.ticket).map_err(failed)?.0 {
            Standing::Ended(Outcome::Accepted { visitor: Some(Visitor { is_known: true, .. }), .. }) => {}
            _ => return Err(not_accepted()),
        }
        Ok(self.narrator.more(&who(Line::of("card.known")))?)
    }

    fn verifier(&self, service: &str) -> Result<&Verifier, Failure> {
        let mut verifiers = self.city.cards().verifiers.iter();
        let found = verifiers.find(|verifier| verifier.service().name == service);
        found.map(AsRef::as_ref).ok_or_else(not_accepted)
    }

    /// Her phone asks the registry, and not whoever asks.
    async fn meet_a_stranger(&mut self) -> Result<(), Failure> {
        let stranger = Stranger::open().await?;
        let wallet = &self.citizen.wallet;
        let review = wallet.review_presentation(stranger.link()).await?;
        let claimed = review.view().claimed_name().clone().unwrap_or_default();
        let choice = review.suggested().unwrap_or_default();
        let reason = expect_refusal(wallet.present_credentials(review, &choice).await, "unknown-party")?;
        let heard = stranger.heard();
        stranger.close().await;
        if heard > 0 {
            return Err(Failure(Line::of("story.believed").with("code", "unknown-party")));
        }
        let line = Line::of("card.stranger").with("name", claimed).with_line("reason", &reason);
        Ok(self.narrator.more(&line)?)
    }
}

/// A socket where the city was before, if that is free: what the issuer has signed names its address. A first city takes a port that the system gives to
/// nobody by itself. It is bound from here on: nobody takes it before the city stands.
pub(super) async fn listener(data: &Path) -> Result<TcpListener, CityError> {
    let last = fs::read_to_string(data.join("address")).ok();
    let last = last.and_then(|text| Url::parse(text.trim()).ok()?.port());
    let draw = || PORTS.0.saturating_add(u16::from_be_bytes(generate_array(&mut system())) % PORTS.1);
    let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match bind(local(last.unwrap_or_else(draw))).await {
        Ok(listener) => Ok(listener),
        Err(_) => bind(local(0)).await,
    }
}

/// How many copies are left of that of which the fewest are, if all are there and count.
fn fewest(held: &[CredentialView]) -> Option<usize> {
    let left = |kind: CredentialKind| {
        let mut of_kind = held.iter().filter(|held| Some(held.vct()) == kind.vct(None).as_ref());
        let copies = of_kind.find(|held| matches!(*held.state(), "valid" | "unchecked"));
        // One for the library, and one for each registrar.
        let needed = if kind == CredentialKind::CitizenCard { 4 } else { 1 };
        copies.map(|held| *held.copies_left()).filter(|copies| *copies >= needed)
    };
    CREDENTIALS.into_iter().map(left).collect::<Option<Vec<_>>>()?.into_iter().min()
}

/// Puts a party's registered name, and the block that proves it, into a line.
fn named(party: &RegisteredView) -> impl FnOnce(Line) -> Line + use<> {
    let Message { ko, en } = party.name().clone();
    let height = party.verified().as_ref().map(|mark| mark.height().to_string()).unwrap_or_default();
    move |line| line.with_line("party", &Line::new(&ko, &en)).with("height", height)
}

/// What would be shown, and nothing else is.
fn suggested(review: &PresentationReview) -> String {
    let asked = review.view().asked().iter();
    let first = asked.filter_map(|asked| asked.showable().first()?.combinations().first());
    let claim = |claim: &ClaimView| format!("{} = {}", claim.path(), claim.value());
    first.flatten().map(claim).collect::<Vec<_>>().join(", ")
}

fn failed(error: ServiceError) -> Failure {
    Failure(Line::same(error))
}

fn not_accepted() -> Failure {
    Failure(Line::of("card.not-accepted"))
}
