//! The desks of the citizen card: whoever issues credentials, and whoever asks for them.

use crate::refusal::Refusal;
use async_trait::async_trait;
use citizen_openid4vc::http::HttpResponse;
use citizen_openid4vc::vci::Incoming;
use city_services::issuer::{
    Application, Asked, CredentialKind, IssuerEndpoint, LossAnswer, LossReport, OfferAnswer, SignIn,
    SignInPage,
};
use city_services::verifier::{Begun, CardService, Standing, Taken, Ticket};
use city_services::{Issuer, Verifier};
use serde_json::Value;

/// An issuer of credentials.
#[async_trait]
pub trait IssuerDesk: Send + Sync {
    /// What it says of itself (OpenID4VCI 1.0, section 12.2).
    fn metadata(&self) -> Value;

    /// What its authorization server says of itself (RFC 8414).
    fn server_metadata(&self) -> Value;

    /// Its keys with their certificates (SD-JWT VC, "JWT VC Issuer Metadata").
    fn key_metadata(&self) -> Value;

    /// What a type says of itself (SD-JWT VC, 4), by the last segment of its address.
    fn type_description(&self, name: &str) -> Result<String, Refusal>;

    /// A wallet's call at one of its endpoints.
    async fn call(&self, endpoint: IssuerEndpoint, incoming: &Incoming<'_>) -> Result<HttpResponse, Refusal>;

    /// A status list, as it was anchored last.
    async fn status_list(&self, number: u32) -> Result<String, Refusal>;

    /// Somebody at the counter applies for credentials.
    async fn offer(&self, application: Application) -> Result<OfferAnswer, Refusal>;

    /// The link of an offer to whoever signs in for it.
    fn open_offer(&self, kind: CredentialKind) -> String;

    /// The page of a request that a wallet pushed, for a browser, by its name if it has one.
    async fn sign_in_page(&self, asked: Asked, browser: Option<String>) -> Result<SignInPage, Refusal>;

    /// Somebody signs in for it, or declines: where the browser goes.
    async fn sign_in(&self, sign_in: SignIn, browser: Option<String>) -> Result<String, Refusal>;

    /// Somebody at the counter has lost her phone: what she holds is revoked.
    async fn report_loss(&self, report: LossReport) -> Result<LossAnswer, Refusal>;
}

/// A service that asks for credentials.
#[async_trait]
pub trait VerifierDesk: Send + Sync {
    /// What it is, and what it asks for.
    fn service(&self) -> &CardService;

    /// A visit with the card begins.
    async fn begin(&self) -> Result<Begun, Refusal>;

    /// A visit of somebody who has been here begins: she signs in, and shows nothing.
    async fn begin_return(&self) -> Result<Begun, Refusal>;

    /// The signed request of a visit, with the nonce in what a wallet posted.
    async fn request_object(&self, handle: &str, posted: Option<&str>) -> Result<String, Refusal>;

    /// A wallet's answer to a visit.
    async fn answer(&self, handle: &str, body: &str) -> Result<Taken, Refusal>;

    /// A wallet's answer that says itself which visit it is for.
    async fn answer_one(&self, body: &str) -> Result<Taken, Refusal>;

    /// How a visit stands, and the link for its code while it waits.
    async fn standing(&self, ticket: &Ticket) -> Result<(Standing, Option<String>), Refusal>;
}

#[async_trait]
impl IssuerDesk for Issuer {
    fn metadata(&self) -> Value {
        Self::metadata(self)
    }

    fn server_metadata(&self) -> Value {
        Self::server_metadata(self)
    }

    fn key_metadata(&self) -> Value {
        Self::key_metadata(self)
    }

    fn type_description(&self, name: &str) -> Result<String, Refusal> {
        Ok(Self::type_description(self, name)?)
    }

    async fn call(&self, endpoint: IssuerEndpoint, incoming: &Incoming<'_>) -> Result<HttpResponse, Refusal> {
        Ok(Self::call(self, endpoint, incoming)?)
    }

    async fn status_list(&self, number: u32) -> Result<String, Refusal> {
        Ok(Self::status_list(self, number)?)
    }

    async fn offer(&self, application: Application) -> Result<OfferAnswer, Refusal> {
        Ok(Self::offer(self, &application)?)
    }

    fn open_offer(&self, kind: CredentialKind) -> String {
        Self::open_offer(self, kind)
    }

    async fn sign_in_page(&self, asked: Asked, browser: Option<String>) -> Result<SignInPage, Refusal> {
        Ok(Self::sign_in_page(self, &asked, browser.as_deref())?)
    }

    async fn sign_in(&self, sign_in: SignIn, browser: Option<String>) -> Result<String, Refusal> {
        Ok(Self::sign_in(self, &sign_in, browser.as_deref())?)
    }

    async fn report_loss(&self, report: LossReport) -> Result<LossAnswer, Refusal> {
        Ok(self.hear_loss(&report).await?)
    }
}

#[async_trait]
impl VerifierDesk for Verifier {
    fn service(&self) -> &CardService {
        Self::service(self)
    }

    async fn begin(&self) -> Result<Begun, Refusal> {
        Ok(Self::begin(self)?)
    }

    async fn begin_return(&self) -> Result<Begun, Refusal> {
        Ok(Self::begin_return(self)?)
    }

    async fn request_object(&self, handle: &str, posted: Option<&str>) -> Result<String, Refusal> {
        Ok(Self::request_object(self, handle, posted)?)
    }

    async fn answer(&self, handle: &str, body: &str) -> Result<Taken, Refusal> {
        Ok(Self::answer(self, handle, body).await?)
    }

    async fn answer_one(&self, body: &str) -> Result<Taken, Refusal> {
        Ok(Self::answer_one(self, body).await?)
    }

    async fn standing(&self, ticket: &Ticket) -> Result<(Standing, Option<String>), Refusal> {
        Ok(Self::standing(self, ticket)?)
    }
}
