//! The citizen card for a payment above a limit: chosen at the review, shown with the approval, for this order and no other (CARD-14).

use crate::credential::request::{Opened, Showable};
use crate::credential::web::internal;
use crate::error::{Party, Reason, Subject, WalletError, mapping};
use crate::id::CredentialId;
use crate::place;
use crate::record::{self, OrderCardRow, PaymentRow, Showing};
use crate::wallet::Wallet;
use citizen_client::Authorised;
use citizen_client::authorised::payment_query;
use citizen_ledger::{CustodyRecord, PaymentCardRule, state_key};
use citizen_openid4vc::dcql::{Candidate, Query};
use citizen_openid4vc::http::{Endpoint, FORM, HttpRequest, HttpResponse, JSON, Method};
use citizen_openid4vc::vp::{Field, FieldKind, Review, Step, TransactionType};
use serde_json::Value;

impl Wallet {
    /// The credential to show for a payment by this rule, if there is one.
    pub(crate) fn credential_for(&self, rule: &PaymentCardRule) -> Result<Option<CredentialId>, WalletError> {
        let showable = self.showable()?;
        let candidates: Vec<Candidate> = showable.iter().map(Showable::candidate).collect();
        let query = Query::from_value(&payment_query(rule)).map_err(|_| internal("card-rule"))?;
        let preferred = query.evaluate(&candidates).preferred();
        let pick = preferred.and_then(|selection| selection.picks.into_iter().next());
        Ok(pick.and_then(|pick| pick.candidate.as_str().parse().ok()))
    }

    /// Shows the card for an order if the centre asks for it: a copy is used up once, and its bytes are sent until the centre has said what
    /// it makes of them. That there is no answer now stops nothing: the next look sends them again.
    pub(crate) async fn show_order_card(&self, order: &PaymentRow) -> Result<(), WalletError> {
        let Some(row) = self.order_card(&order.terms.payment)? else { return Ok(()) };
        let row = match &row.showing {
            Showing::Asked { link, .. } => match self.present_for_order(order, &row, link).await {
                Ok(row) => row,
                Err(error) => return self.order_card_failed(row, error),
            },
            _ => row,
        };
        let Showing::Shown { url, body } = &row.showing else { return Ok(()) };
        let url = Endpoint::parse(url, self.web_reach()).map_err(|_| WalletError::StoreDamaged)?;
        let headers = vec![("accept", JSON.to_owned()), ("content-type", FORM.to_owned())];
        let request = HttpRequest { method: Method::Post, url, headers, body: body.clone() };
        match self.send_web(place::SEND_ORDER_CARD, &request).await {
            Ok(answer) => self.order_card_answered(&row, &answer),
            Err(WalletError::Cancelled) => Err(WalletError::Cancelled),
            Err(error) => {
                tracing::info!(code = error.code(), "the card is not acknowledged");
                Ok(())
            }
        }
    }

    /// Follows the centre's link, and shows just what the review said, if it is for just this order.
    async fn present_for_order(
        &self,
        order: &PaymentRow,
        row: &OrderCardRow,
        link: &str,
    ) -> Result<OrderCardRow, WalletError> {
        self.must_not_be_stopped().await?;
        let hold = order.hold().ok_or(WalletError::StoreDamaged)?;
        let authorised = Authorised::payment(&order.order, &hold);
        let Opened { mut session, verifier, asked } =
            self.open_request(link, vec![type_of(&authorised)]).await?;
        let verifier = verifier.ok_or(WalletError::UnknownParty { claims_to_be: Party::Verifier })?;
        let Showing::Asked { certificate, .. } = &row.showing else { return Err(internal("order-card")) };
        if verifier.thumbprint() != *certificate || !is_for(&asked, &row.rule, &authorised) {
            return Err(mapping::unverified(Subject::Request, Party::Centre));
        }
        let showable = self.showable()?;
        let of_review = showable.iter().filter(|showable| showable.is(&row.credential));
        let candidates: Vec<Candidate> = of_review.map(Showable::candidate).collect();
        let preferred = asked.query.evaluate(&candidates).preferred();
        let needed = WalletError::Refused { by: Party::Phone, reason: Reason::CardNeeded };
        let selection = preferred.ok_or(needed)?;
        let (changes, used) = self.show(&mut session, (&verifier, &asked), (&candidates, &selection))?;
        let Step::Send(request) = session.next() else { return Err(internal("present-step")) };
        let showing = Showing::Shown { url: request.url.as_str().to_owned(), body: request.body };
        let row = OrderCardRow { showing, ..row.clone() };
        let changes = changes.and(record::put(record::order_card_row(&row.payment), &row));
        self.session().commit(place::OUTBOX_ORDER_CARD, changes)?;
        self.delete_keys(used.iter());
        Ok(row)
    }

    /// The account is proved to be neither frozen nor under recovery (CARD-10).
    async fn must_not_be_stopped(&self) -> Result<(), WalletError> {
        let custody = state_key::custody(&self.session().account()?.id);
        let snapshot = self.link().await?.fresh(std::slice::from_ref(&custody)).await?;
        let custody = snapshot.get::<CustodyRecord>(&custody)?.into_parts().0.unwrap_or_default();
        custody.stops_orders().map_or(Ok(()), |rejection| Err(rejection.into()))
    }

    /// What only time or a connection mends is tried again; whatever else it is, the card is not shown, and the order ends unpaid.
    fn order_card_failed(&self, row: OrderCardRow, error: WalletError) -> Result<(), WalletError> {
        match error {
            WalletError::Cancelled | WalletError::Locked | WalletError::Fenced { .. } => Err(error),
            WalletError::Offline { .. } | WalletError::Stale { .. } | WalletError::ClockWrong { .. } => {
                tracing::info!(code = error.code(), "the card is not shown yet");
                Ok(())
            }
            error => {
                tracing::warn!(code = error.code(), "the card is not shown");
                let reason = match error {
                    WalletError::Refused { reason, .. } => reason,
                    _ => Reason::CardNotVerified,
                };
                self.keep_order_card(row, Showing::Refused { reason: reason.word().to_owned() })
            }
        }
    }

    fn order_card_answered(&self, row: &OrderCardRow, answer: &HttpResponse) -> Result<(), WalletError> {
        let showing = match answer.status {
            200 => Showing::Taken,
            // The centre's refusal of what was shown, in the gateway's form.
            400 | 409 => Showing::Refused { reason: refusal(answer).word().to_owned() },
            status => {
                tracing::info!(status, "the card is not acknowledged");
                return Ok(());
            }
        };
        self.keep_order_card(row.clone(), showing)
    }

    fn keep_order_card(&self, row: OrderCardRow, showing: Showing) -> Result<(), WalletError> {
        let row = OrderCardRow { showing, ..row };
        let changes = record::put(record::order_card_row(&row.payment), &row);
        self.session().commit(place::ORDER_CARD_ANSWERED, changes)
    }
}

/// The transaction data of this order alone are known.
fn type_of(authorised: &Authorised) -> TransactionType {
    let field = |(name, value): (&String, &Value)| {
        let kind = if value.is_u64() { FieldKind::Integer } else { FieldKind::Text };
        Field { name: name.clone(), kind, required: true }
    };
    TransactionType {
        name: authorised.kind.to_owned(),
        fields: authorised.fields.iter().map(field).collect(),
    }
}

/// The request asks for what the rule says, and has this order authorised, and nothing besides.
fn is_for(asked: &Review, rule: &PaymentCardRule, authorised: &Authorised) -> bool {
    let [transaction] = asked.transactions.as_slice() else { return false };
    asked.sign_in.is_none()
        && *asked.query.to_value() == payment_query(rule)
        && transaction.kind == authorised.kind
        && transaction.fields == authorised.fields
}

/// The word in a refusal: `error.code` of the gateway's answers.
fn refusal(answer: &HttpResponse) -> Reason {
    let object = answer.object().unwrap_or_default();
    let word = object.get("error").and_then(|error| error.get("code")).and_then(Value::as_str);
    word.map_or(Reason::CardNotVerified, Reason::of_word)
}
