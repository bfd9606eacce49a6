//! The words of the contract that a phone acts on, each with the exported call it stands for.

use crate::cards;
use crate::case::{Fields, Step};
use crate::lists;
use crate::parts::{KeyMood, Weather};
use crate::phone::{BACK, Hand, Phone, secret};
use crate::play::{Cast, Fault, Outcome};
use crate::recoveries;
use crate::votes;
use citizen_wallet::view::{AccountView, BalanceView, PaymentView, ReceiptView, RefundsView, ShownCodeView};
use citizen_wallet_ffi::{
    CancelToken, Coins, KeystoreError, Link, ScannedCode, Wallet, WalletError, WalletEvent, inspect_code,
    open_link, verify_receipt,
};
use std::sync::Arc;
use std::sync::atomic::Ordering;

const PIN: &str = "294857";

/// Arguments, each used once.
pub(crate) struct With(Fields);

impl With {
    pub(crate) const fn new(fields: Fields) -> Self {
        Self(fields)
    }

    pub(crate) fn optional(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    pub(crate) fn text(&mut self, name: &str) -> Result<String, Fault> {
        self.optional(name).ok_or_else(|| Fault::said(&format!("no {name}")))
    }

    pub(crate) fn number(&mut self, name: &str) -> Result<u64, Fault> {
        number(&self.text(name)?)
    }

    fn optional_number(&mut self, name: &str) -> Result<Option<u64>, Fault> {
        self.optional(name).map(|text| number(&text)).transpose()
    }

    fn coins(&mut self) -> Result<Coins, Fault> {
        Ok(match self.optional("points").as_deref() {
            None => Coins::Preferred,
            Some("first") => Coins::First,
            Some(points) => Coins::Exactly { points: number(points)? },
        })
    }

    /// What is left over was not understood.
    pub(crate) fn all_were_used(&self) -> Result<(), Fault> {
        if self.0.is_empty() { Ok(()) } else { Err(Fault::said(&format!("not understood: {:?}", self.0))) }
    }
}

fn number(text: &str) -> Result<u64, Fault> {
    text.parse().map_err(|_| Fault::said(&format!("no number: {text}")))
}

/// Why a word has no result.
pub(crate) enum Trouble {
    Fault(Fault),
    Refused(WalletError),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<WalletError> for Trouble {
    fn from(error: WalletError) -> Self {
        Self::Refused(error)
    }
}

pub(crate) type Answer = Result<Fields, Trouble>;
pub(crate) type Token = Option<Arc<CancelToken>>;

/// Does what a word says.
pub(crate) async fn act(
    cast: &mut Cast,
    step: &Step,
    with: &mut With,
    token: Token,
) -> Result<Outcome, Fault> {
    match spoken(cast, step, with, token).await {
        Ok(fields) => Ok(Outcome::Done(fields)),
        Err(Trouble::Refused(error)) => Ok(Outcome::Refused(error)),
        Err(Trouble::Fault(fault)) => Err(fault),
    }
}

async fn spoken(cast: &mut Cast, step: &Step, with: &mut With, token: Token) -> Answer {
    let word = step.word.as_str();
    match word {
        "restore" => return restore(cast, step, with, token).await,
        "paper" => return paper(cast, step, with),
        "verify-receipt" => return verify(cast, step, with, token).await,
        _ => {}
    }
    let town = cast.town.clone();
    let phone = cast.phones.get_mut(&step.phone).ok_or_else(|| Fault::said("no such phone"))?;
    match word {
        "create" => {
            let pin = secret(with.optional("pin").as_deref().unwrap_or(PIN));
            let place = phone.place(Some(&town), None);
            phone.hand.wallet = Some(Wallet::create(place, phone.platform(), pin, token).await?);
            Ok(Fields::new())
        }
        "open" => {
            let has_none = with.optional("return_address").as_deref() == Some("none");
            phone.return_address = (!has_none).then(|| BACK.to_owned());
            let place = phone.place(None, with.optional_number("auto_lock_seconds")?);
            phone.hand.wallet = Some(Wallet::open(place, phone.platform(), token).await?);
            Ok(Fields::new())
        }
        "set-up" => {
            let place = phone.place(Some(&town), None);
            let wallet = Wallet::create(place, phone.platform(), secret(PIN), token.clone()).await?;
            phone.hand.wallet = Some(Arc::clone(&wallet));
            open_account(&mut phone.hand, token.clone()).await?;
            wallet.enrol(with.text("name")?, token.clone()).await?;
            wallet.earn("eco".to_owned(), "eco-2026-h1".to_owned(), token).await?;
            Ok(Fields::new())
        }
        "key-store" | "network" | "clock" | "listener" => Ok(change(phone, word, with)?),
        "sent" => Ok(told([
            ("requests", phone.net.sent.swap(0, Ordering::SeqCst).to_string()),
            ("connections", phone.lines.opened.swap(0, Ordering::SeqCst).to_string()),
        ])),
        "heard" => Ok(heard(phone)),
        "signed-for" => Ok(lists::signed_for(&phone.keys)),
        "inspect" => {
            let reading = inspect_code(with.text("text")?, false);
            let refusal = reading.refusal.map(|finding| finding.rule);
            Ok(and_optional(told([("kind", reading.kind)]), "refusal", refusal))
        }
        "link" => Ok(link(open_link(with.text("text")?))),
        _ => with_wallet(&mut phone.hand, word, with, token).await,
    }
}

/// What needs a wallet, opened or not any more.
async fn with_wallet(hand: &mut Hand, word: &str, with: &mut With, token: Token) -> Answer {
    let wallet = hand.wallet.clone().ok_or_else(|| Fault::said("no wallet, or no such word"))?;
    match word {
        "unlock" => {
            let pin = secret(with.optional("pin").as_deref().unwrap_or(PIN));
            wallet.unlock(pin, token).await?;
        }
        "lock" => wallet.lock(token).await?,
        "release" => wallet.release().await?,
        "lock-if-idle" => {
            return Ok(told([("locked", wallet.lock_if_idle(token).await?.to_string())]));
        }
        "change-pin" => {
            wallet.change_pin(secret(&with.text("old")?), secret(&with.text("new")?), token).await?;
        }
        "open-account" => return Ok(account(&open_account(hand, token).await?)),
        "account" => return Ok(account(&wallet.account(token).await?)),
        "backup" => {
            let code = hand.recovery.clone().ok_or_else(|| Fault::said("no recovery code"))?;
            hand.backup = Some(wallet.backup(code, token).await?);
        }
        "scan" => {
            let code = wallet.scan_text(with.text("text")?, token).await?;
            hand.scanned = Some(Arc::clone(&code));
            return Ok(merchant(&code));
        }
        "review" => {
            let code = hand.scanned.clone().ok_or_else(|| Fault::said("nothing was scanned"))?;
            let (coins, amount) = (with.coins()?, with.optional_number("amount")?);
            let review = wallet.review_payment(code, coins, amount, token).await?;
            let view = review.view();
            hand.reviewed = Some(review);
            return Ok(told([
                ("merchant", view.merchant().to_string()),
                ("points", view.points().amount().to_string()),
                ("krw", view.krw().amount().to_string()),
                ("fee", view.fee().amount().to_string()),
                ("points_left", view.points_left().amount().to_string()),
                ("card", view.card().as_ref().map_or_else(none, |card| card.claims().join(", "))),
            ]));
        }
        "approve" => {
            let review = hand.reviewed.clone().ok_or_else(|| Fault::said("nothing was reviewed"))?;
            return Ok(payment(&wallet.approve(review, token).await?));
        }
        "receipt" => {
            let id = with.text("payment")?;
            let receipt = wallet.receipt(id.clone(), token).await?;
            hand.receipts.insert(id, receipt.file);
            return Ok(shown_receipt(&receipt.view));
        }
        "review-code" => {
            let (total, coins) = (with.number("total")?, with.coins()?);
            let review = wallet.review_code(total, coins, token).await?;
            let view = review.view();
            hand.showing = Some(review);
            return Ok(told([
                ("total", view.total().amount().to_string()),
                ("points", view.points().amount().to_string()),
                ("seconds", view.seconds().to_string()),
            ]));
        }
        "show-code" => {
            let review = hand.showing.clone().ok_or_else(|| Fault::said("nothing was reviewed"))?;
            return Ok(code(&wallet.show_code(review, token).await?));
        }
        "review-gift" => {
            let review = wallet.review_gift(with.text("code")?, with.number("points")?, token).await?;
            let view = review.view();
            hand.giving = Some(review);
            return Ok(told([
                ("points", view.points().amount().to_string()),
                ("points_left", view.points_left().amount().to_string()),
            ]));
        }
        "approve-gift" => {
            let review = hand.giving.clone().ok_or_else(|| Fault::said("nothing was reviewed"))?;
            let sent = wallet.approve_gift(review, token).await?;
            return Ok(told([("id", sent.id().to_hex()), ("state", (*sent.state()).to_owned())]));
        }
        "review-registration" | "approve-registration" | "review-ballot" | "check-ballot" | "cast-ballot" => {
            return votes::act(hand, &wallet, word, with, token).await;
        }
        _ if recoveries::knows(word) => return recoveries::act(hand, &wallet, word, with, token).await,
        _ if lists::knows(word) => return lists::asked(&wallet, word, with, token).await,
        _ if cards::knows(word) => return cards::act(hand, &wallet, word, with, token).await,
        _ => return asked(&wallet, word, with, token).await,
    }
    Ok(Fields::new())
}

/// What asks the wallet and leaves nothing in the hand.
async fn asked(wallet: &Wallet, word: &str, with: &mut With, token: Token) -> Answer {
    Ok(match word {
        "enrol" => {
            let won = wallet.enrol(with.text("name")?, token).await?;
            told([("krw", won.krw().amount().to_string())])
        }
        "earn" => {
            let earned = wallet.earn(with.text("programme")?, with.text("evidence")?, token).await?;
            told([("points", earned.points().amount().to_string())])
        }
        "balance" => balance(&wallet.balance(token).await?),
        "history" => {
            let history = wallet.history(token).await?;
            let fields = told([
                ("entries", history.entries().len().to_string()),
                ("signers", history.verified().signers().to_string()),
            ]);
            let last = history.entries().last().map(|entry| (*entry.kind()).to_owned());
            and_optional(fields, "last", last)
        }
        "home" => {
            let home = wallet.home(token).await?;
            told([
                ("points", home.balance().points().points().amount().to_string()),
                ("open_payments", home.open_payments().len().to_string()),
                ("recent", home.recent().len().to_string()),
            ])
        }
        "sync" => {
            let report = wallet.sync(token).await?;
            told([
                ("payments", report.payments().len().to_string()),
                ("codes", report.codes().len().to_string()),
                ("fresh", report.freshness().is_some_and(|freshness| freshness.is_fresh()).to_string()),
            ])
        }
        "activity" => {
            let lines = wallet.activity(token).await?;
            let fields = told([("lines", lines.len().to_string())]);
            let last = lines.last().map(|line| line.text().clone());
            let fields = and_optional(fields, "last_ko", last.clone().map(|text| text.ko));
            and_optional(fields, "last_en", last.map(|text| text.en))
        }
        "follow" => payment(&wallet.follow_payment(with.text("payment")?, token).await?),
        "payment" => payment(&wallet.payment(with.text("payment")?, token).await?),
        "pay" => {
            let code = wallet.scan_text(with.text("text")?, token.clone()).await?;
            let (coins, amount) = (with.coins()?, with.number("amount")?);
            let review = wallet.review_payment(code, coins, Some(amount), token.clone()).await?;
            let approved = wallet.approve(review, token.clone()).await?;
            payment(&wallet.follow_payment(approved.payment_id().to_hex(), token).await?)
        }
        "payments" => {
            let payments = wallet.payments(token).await?;
            let open = payments.iter().filter(|one| !one.is_final()).count();
            let last = payments.last().map(|payment| payment.payment_id().to_hex());
            and_optional(
                told([("count", payments.len().to_string()), ("open", open.to_string())]),
                "last",
                last,
            )
        }
        "refunds" => refunds(&wallet.refunds(with.text("payment")?, token).await?),
        "ask-refund" => {
            let (id, amount) = (with.text("payment")?, with.number("amount")?);
            refunds(&wallet.ask_refund(id, amount, with.text("reason")?, token).await?)
        }
        "renew-code" => code(&wallet.renew_code(with.text("payment")?, token).await?),
        "hide-code" => code(&wallet.hide_code(with.text("payment")?, token).await?),
        "advance-code" => code(&wallet.advance_code(with.text("payment")?, token).await?),
        "follow-code" => code(&wallet.follow_code(with.text("payment")?, token).await?),
        "gift-code" => told([("code", wallet.gift_code(token).await?)]),
        "follow-submission" => {
            let followed = wallet.follow_submission(with.text("id")?, token).await?;
            told([("state", (*followed.state()).to_owned())])
        }
        word => return votes::asked(wallet, word, with, token).await,
    })
}

async fn open_account(hand: &mut Hand, token: Token) -> Result<AccountView, Trouble> {
    let wallet = hand.wallet.clone().ok_or_else(|| Fault::said("no wallet"))?;
    let code = wallet.generate_recovery_code(token.clone()).await?;
    hand.recovery = Some(Arc::clone(&code));
    Ok(wallet.open_account(code, token).await?)
}

async fn restore(cast: &mut Cast, step: &Step, with: &mut With, token: Token) -> Answer {
    let from = with.text("from")?;
    let from = cast.phones.get(&from).ok_or_else(|| Fault::said("no such phone"))?;
    let code = from.hand.recovery.clone().ok_or_else(|| Fault::said("no recovery code"))?;
    let backup = from.hand.backup.clone().ok_or_else(|| Fault::said("no backup"))?;
    let town = cast.town.clone();
    let phone = cast.phones.get_mut(&step.phone).ok_or_else(|| Fault::said("no such phone"))?;
    let place = phone.place(Some(&town), None);
    phone.hand.wallet =
        Some(Wallet::restore(place, phone.platform(), backup, code, secret(PIN), token).await?);
    Ok(Fields::new())
}

/// The recovery code that was written down beside another phone is typed in on this one.
fn paper(cast: &mut Cast, step: &Step, with: &mut With) -> Answer {
    let from = with.text("from")?;
    let from = cast.phones.get(&from).ok_or_else(|| Fault::said("no such phone"))?;
    let code = from.hand.recovery.clone().ok_or_else(|| Fault::said("no recovery code"))?;
    let phone = cast.phones.get_mut(&step.phone).ok_or_else(|| Fault::said("no such phone"))?;
    phone.hand.recovery = Some(code);
    Ok(Fields::new())
}

async fn verify(cast: &mut Cast, step: &Step, with: &mut With, token: Token) -> Answer {
    let from = with.optional("from").unwrap_or_else(|| step.phone.clone());
    let from = cast.phones.get(&from).ok_or_else(|| Fault::said("no such phone"))?;
    let file = from.hand.receipts.get(&with.text("payment")?).cloned();
    let file = file.ok_or_else(|| Fault::said("no such receipt"))?;
    let phone = cast.phones.get(&step.phone).ok_or_else(|| Fault::said("no such phone"))?;
    let trust = cast.town.trust.clone();
    Ok(shown_receipt(&verify_receipt(file, trust, phone.platform(), token).await?))
}

/// Changes what a phone's part does from now on.
fn change(phone: &Phone, part: &str, with: &mut With) -> Result<Fields, Fault> {
    let no_such = |what: &str| Fault::said(&format!("no such mood: {what}"));
    match part {
        "key-store" => {
            *phone.keys.mood.lock().unwrap() = match with.text("mood")?.as_str() {
                "answers" => KeyMood::Answers,
                "cancelled" => KeyMood::Throws(KeystoreError::Cancelled),
                "invalidated" => KeyMood::Throws(KeystoreError::Invalidated),
                "locked" => KeyMood::Throws(KeystoreError::Locked),
                "missing" => KeyMood::Throws(KeystoreError::Missing),
                "full" => KeyMood::Throws(KeystoreError::Full),
                "not-set-up" => KeyMood::Throws(KeystoreError::NotSetUp),
                "failed" => KeyMood::Throws(KeystoreError::Failed),
                "strange" => KeyMood::Strange,
                "waits" => KeyMood::Waits,
                other => return Err(no_such(other)),
            };
        }
        "network" => {
            *phone.net.weather.lock().unwrap() = match with.text("weather")?.as_str() {
                "fair" => Weather::Fair,
                "offline" => Weather::Offline,
                "strange" => Weather::Strange,
                "hangs" => Weather::Hangs,
                "loses" => Weather::Loses(with.text("path")?),
                "bare" => Weather::Bare,
                other => return Err(no_such(other)),
            };
        }
        "clock" => {
            if let Some(seconds) = with.optional_number("ahead_seconds")? {
                phone.watch.ahead.store(seconds, Ordering::SeqCst);
            }
            if let Some(mood) = with.optional("mood") {
                phone
                    .watch
                    .is_strange
                    .store(is_strange(&mood).ok_or_else(|| no_such(&mood))?, Ordering::SeqCst);
            }
        }
        _ => {
            let mood = with.text("mood")?;
            phone.ear.is_strange.store(is_strange(&mood).ok_or_else(|| no_such(&mood))?, Ordering::SeqCst);
        }
    }
    Ok(Fields::new())
}

fn is_strange(mood: &str) -> Option<bool> {
    match mood {
        "right" => Some(false),
        "strange" => Some(true),
        _ => None,
    }
}

/// What the listener has heard; it forgets.
fn heard(phone: &Phone) -> Fields {
    let mut fields = Fields::new();
    for event in phone.ear.heard.lock().unwrap().drain(..) {
        let (name, value) = match event {
            WalletEvent::Payment { payment } => ("payment", *payment.state()),
            WalletEvent::Code { code } => ("code", *code.state()),
            WalletEvent::Vote { vote } => ("vote", *vote.state()),
            WalletEvent::BalanceSynced => ("synced", "true"),
            WalletEvent::AccountSynced => continue,
        };
        fields.insert(name.to_owned(), value.to_owned());
    }
    fields
}

fn link(link: Link) -> Fields {
    let kind = |kind: &str| ("kind", kind.to_owned());
    match link {
        Link::PaymentCode { text, reading: _, usable } => {
            told([kind("payment-code"), ("text", text), ("usable", usable.to_string())])
        }
        Link::GiftCode { text } => told([kind("gift-code"), ("text", text)]),
        Link::ReceiptCode { text, refusal: _ } => told([kind("receipt-code"), ("text", text)]),
        Link::Presentation { text } => told([kind("presentation"), ("text", text)]),
        Link::CredentialOffer { text } => told([kind("credential-offer"), ("text", text)]),
        Link::AuthorizationReturn { text } => told([kind("authorization-return"), ("text", text)]),
        Link::Page { name } => told([kind("page"), ("page", name)]),
        Link::Unknown { refusal: _ } => told([kind("unknown")]),
    }
}

pub(crate) fn account(view: &AccountView) -> Fields {
    told([("account", view.account().to_hex()), ("epoch", view.epoch().to_string())])
}

fn balance(view: &BalanceView) -> Fields {
    let points = view.points();
    let fields = told([
        ("points", points.points().amount().to_string()),
        ("points_held", points.points_held().amount().to_string()),
        ("fresh", points.freshness().is_fresh().to_string()),
        ("signers", points.verified().signers().to_string()),
        ("validators", points.verified().validators().to_string()),
    ]);
    and_optional(fields, "krw", view.won().as_ref().map(|won| won.krw().amount().to_string()))
}

fn merchant(code: &ScannedCode) -> Fields {
    let view = code.merchant();
    let fields = told([("status", (*view.status()).to_owned()), ("usable", code.is_usable().to_string())]);
    let fields = and_optional(fields, "merchant", view.name().as_ref().map(ToString::to_string));
    let fields = and_optional(fields, "district", view.district().as_ref().map(ToString::to_string));
    and_optional(fields, "amount", view.amount().map(|amount| amount.amount().to_string()))
}

fn payment(view: &PaymentView) -> Fields {
    told([
        ("payment", view.payment_id().to_hex()),
        ("state", (*view.state()).to_owned()),
        ("merchant", view.merchant().to_string()),
        ("points", view.points().amount().to_string()),
        ("krw", view.krw().amount().to_string()),
        ("card", view.card().as_ref().map_or_else(none, |card| (*card.state()).to_owned())),
    ])
}

/// What stands where no card is needed.
pub(crate) fn none() -> String {
    "none".to_owned()
}

fn shown_receipt(view: &ReceiptView) -> Fields {
    told([
        ("merchant", view.merchant().to_string()),
        ("points", view.points().amount().to_string()),
        ("krw", view.krw().amount().to_string()),
        ("signers", view.verified().signers().to_string()),
    ])
}

fn refunds(view: &RefundsView) -> Fields {
    told([
        ("count", view.refunds().len().to_string()),
        ("refunded", view.refunded().amount().to_string()),
        ("left", view.left().amount().to_string()),
    ])
}

fn code(view: &ShownCodeView) -> Fields {
    let fields = told([
        ("payment", view.payment_id().to_hex()),
        ("state", (*view.state()).to_owned()),
        ("qr", view.qr().clone()),
        ("barcode", view.barcode().clone()),
    ]);
    let fields = and_optional(fields, "taken", view.taken().map(|taken| taken.amount().to_string()));
    and_optional(fields, "refused", view.refused().as_ref().map(|refused| (*refused.reason()).to_owned()))
}

pub(crate) fn told<const N: usize>(all: [(&str, String); N]) -> Fields {
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(crate) fn and_optional(mut fields: Fields, name: &str, value: Option<String>) -> Fields {
    fields.extend(value.map(|value| (name.to_owned(), value)));
    fields
}
