//! Officers who lie, and a gateway that lies about them: each counts once, by her signature alone, and who lies holds nobody up.

use super::{HERE, LOOKS, Phone, Town, WAIT, becomes_state, enrolled, filed, hong, ledger};
use async_trait::async_trait;
use citizen_client::api::Bytes;
use citizen_client::{Method, Request, Response, Transport, TransportError, WebRequest, WebResponse};
use citizen_wallet::error::{Party, Reason};
use citizen_wallet::{Https, RecoveryCode, Wallet, WalletConfig, WalletError};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What reaches the phone.
enum Said {
    /// What was said.
    Truth,
    Another(u16, Value),
    Nothing,
}

/// By whom, asked for what, and what she said.
type Conduct = Box<dyn Fn(&str, &str, &Value) -> Said + Send + Sync>;

/// A phone's way to the city; what officers say is not what reaches it.
struct Way {
    conduct: Conduct,
    city: Https,
    /// Whom it asked for what.
    asked: Mutex<Vec<(String, String)>>,
    /// What officers were sent, as it leaves the phone.
    sent: Mutex<Vec<String>>,
}

impl Way {
    fn new(conduct: impl Fn(&str, &str, &Value) -> Said + Send + Sync + 'static) -> Arc<Self> {
        let (conduct, city) = (Box::new(conduct), Https::new().unwrap());
        Arc::new(Self { conduct, city, asked: Mutex::default(), sent: Mutex::default() })
    }

    fn has_asked(&self, officer: &str, what: &str) -> bool {
        self.asked.lock().unwrap().iter().any(|asked| (asked.0.as_str(), asked.1.as_str()) == (officer, what))
    }

    fn config(self: &Arc<Self>, phone: &Phone, town: &Town) -> WalletConfig {
        WalletConfig { transport: self.clone(), ..phone.config(town) }
    }

    fn create(self: &Arc<Self>, phone: &Phone, town: &Town) -> (Wallet, RecoveryCode) {
        Wallet::create(self.config(phone, town), super::PIN).unwrap()
    }

    fn reopen(self: &Arc<Self>, phone: &Phone, town: &Town) -> Wallet {
        Wallet::open(self.config(phone, town)).unwrap().unlock(super::PIN).unwrap()
    }
}

#[async_trait]
impl Transport for Way {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let path = request.url.path().to_owned();
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let answer = self.city.send(request).await?;
        let officer = path.strip_prefix("/v1/recovery-officers/").and_then(|rest| rest.split_once('/'));
        let Some((officer, what)) = officer.or((path == "/v1/parties").then_some(("", "parties"))) else {
            return Ok(answer);
        };
        self.asked.lock().unwrap().push((officer.to_owned(), what.to_owned()));
        self.sent.lock().unwrap().push(body);
        let said = serde_json::from_slice(&answer.body).unwrap();
        match (self.conduct)(officer, what, &said) {
            Said::Truth => Ok(answer),
            Said::Another(status, said) => Ok(Response { status, body: said.to_string().into_bytes() }),
            Said::Nothing => Err(TransportError::Offline),
        }
    }

    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, TransportError> {
        self.city.send_web(request).await
    }
}

/// The officers, in the order in which a phone asks them.
async fn officers(town: &Town) -> Vec<String> {
    let url = town.city.url().join("v1/parties").unwrap();
    let request = Request { place: HERE, method: Method::Get, url, body: Vec::new() };
    let answer = Https::new().unwrap().send(request).await.unwrap();
    let parties: Value = serde_json::from_slice(&answer.body).unwrap();
    let key = |party: &Value| party["key"].as_str().unwrap().to_owned();
    let mut keys: Vec<String> = parties["recovery_officers"].as_array().unwrap().iter().map(key).collect();
    keys.sort();
    keys
}

/// Another signature: as long, of nobody.
fn another_signature(said: &Value) -> Value {
    let text = said["signature"].as_str().unwrap();
    let first = if text.starts_with('A') { "B" } else { "A" };
    json!({ "signature": format!("{first}{}", &text[1..]) })
}

fn refusal(code: &str) -> Value {
    json!({ "error": { "code": code, "ko": "거절", "en": "refused", "rejection": null } })
}

/// How one officer lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lie {
    /// She signs with another key than hers.
    Signature,
    /// She approves or decides, and refuses to sign.
    Refusal,
    /// She approves or decides, and is never heard of again.
    Silence,
    /// She approves for another account.
    Account,
}

fn lying(liar: &str, lie: Lie) -> Arc<Way> {
    let liar = liar.to_owned();
    Way::new(move |officer, what, said| match (lie, what) {
        _ if officer != liar => Said::Truth,
        // Refusals that she has sent already are true.
        (Lie::Signature, "signatures") if said["signature"].is_string() => {
            Said::Another(200, another_signature(said))
        }
        (Lie::Refusal, "signatures") => Said::Another(409, refusal("not-agreed")),
        (Lie::Silence, "signatures") => Said::Nothing,
        (Lie::Account, "cases") => Said::Another(200, json!({ "account": "ff".repeat(32) })),
        _ => Said::Truth,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn recovery_12_who_carries_what_officers_are_told_learns_nobodys_number_name_or_day_of_birth() {
    let town = Town::new().await;
    let old_phone = Phone::default();
    drop(enrolled(&town, &old_phone).await);
    let way = Way::new(|_, _, _| Said::Truth);
    let old = way.reopen(&old_phone, &town);
    old.enrol_recovery(&hong()).await.unwrap();
    let (new, code) = way.create(&Phone::default(), &town);
    new.recover_by_office(&hong(), &code).await.unwrap();
    becomes_state(&new, "waiting").await;
    let sent = old.dismiss_recovery(&hong()).await.unwrap();
    assert!(old.follow_submission(sent.id()).await.unwrap().is_done());

    let asked = way.asked.lock().unwrap().clone();
    for what in ["enrolments", "cases", "decisions"] {
        assert!(asked.iter().any(|(_, asked)| asked == what), "{what}");
    }
    let citizen_client::api::Identity { number, name, birth_date } = hong();
    for body in way.sent.lock().unwrap().iter() {
        let said: Value = serde_json::from_str(body).unwrap_or(Value::Null);
        let parts = said.as_object().into_iter().flat_map(|said| said.values());
        let inside =
            parts.filter_map(|part| serde_json::from_value::<Bytes>(part.clone()).ok()?.decode().ok());
        let inside: Vec<u8> = inside.flatten().chain(body.bytes()).collect();
        for fact in [&number, &name, &birth_date] {
            assert!(!inside.windows(fact.len()).any(|some| some == fact.as_bytes()), "{fact} in {body}");
        }
    }
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wallet_19_an_officer_who_lies_is_no_officer_and_holds_nobody_up() {
    for (lie, approved) in [(Lie::Signature, 2), (Lie::Refusal, 2), (Lie::Silence, 3), (Lie::Account, 2)] {
        let town = Town::new().await;
        let old_phone = Phone::default();
        let (old, _) = enrolled(&town, &old_phone).await;
        let account = *old.account().unwrap().account();
        drop(old);
        // The one whom a phone asks first.
        let liar = officers(&town).await.remove(0);
        let way = lying(&liar, lie);
        let (new, code) = way.create(&Phone::default(), &town);
        new.recover_by_office(&hong(), &code).await.unwrap();
        let view = new.follow_recovery().await.unwrap();
        assert_eq!((*view.state(), *view.account()), ("waiting", Some(account)), "{lie:?}");
        assert_eq!(*view.approved(), approved, "{lie:?}: what she said counts no more");
        assert!(way.has_asked(&liar, "cases"), "{lie:?}");
        assert_eq!(way.has_asked(&liar, "signatures"), lie != Lie::Account, "{lie:?}");
        // Nor when the old phone has the case dropped.
        let old = way.reopen(&old_phone, &town);
        let sent = old.dismiss_recovery(&hong()).await.unwrap();
        assert!(old.follow_submission(sent.id()).await.unwrap().is_done(), "{lie:?}");
        town.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wallet_19_an_officer_who_stands_by_another_decision_or_signs_falsely_upholds_nothing() {
    for lie in [None, Some(Lie::Signature), Some(Lie::Silence)] {
        let town = Town::new().await;
        let (old, _) = enrolled(&town, &Phone::default()).await;
        let phone = Phone::default();
        let (new, _, _) = filed(&town, &phone).await;
        drop(new);
        let sent = old.object_to_recovery().await.unwrap();
        assert!(old.follow_submission(sent.id()).await.unwrap().is_done());
        // The first two have filed it, so the third is asked first.
        let liar = officers(&town).await.remove(2);
        let her = liar.clone();
        let way = match lie {
            Some(lie) => lying(&liar, lie),
            None => Way::new(move |officer, what, _| match what {
                "decisions" if officer == her => Said::Another(200, json!({ "decision": "dismiss" })),
                _ => Said::Truth,
            }),
        };
        let new = way.reopen(&phone, &town);
        new.uphold_recovery().await.unwrap();
        becomes_state(&new, "upheld").await;
        assert!(way.has_asked(&liar, "decisions"));
        assert_eq!(way.has_asked(&liar, "signatures"), lie.is_some(), "who stands by another is not asked");
        town.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wallet_19_a_gateway_cannot_make_two_officers_of_one_nor_one_of_a_stranger() {
    let town = Town::new().await;
    drop(enrolled(&town, &Phone::default()).await);
    let (one, stranger) = (officers(&town).await.remove(0), "ee".repeat(32));
    let (named, lies) = (
        json!([
            { "key": one }, { "key": one, "base": town.city.url().as_str() }, { "key": one.to_uppercase() },
            { "key": stranger },
        ]),
        Arc::new(AtomicBool::new(true)),
    );
    let lying = Arc::clone(&lies);
    let way = Way::new(move |_, what, said| {
        if what != "parties" || !lying.load(Ordering::SeqCst) {
            return Said::Truth;
        }
        let mut parties = said.clone();
        parties["recovery_officers"] = named.clone();
        Said::Another(200, parties)
    });
    let (new, code) = way.create(&Phone::default(), &town);
    let view = new.recover_by_office(&hong(), &code).await.unwrap();
    assert_eq!((*view.state(), *view.approved(), *view.officers()), ("asking", 1, 1));
    assert!(!way.has_asked(&stranger, "cases"), "whom the registry does not have hears nothing");
    let asked = way.asked.lock().unwrap().iter().filter(|(_, what)| what == "cases").count();
    assert_eq!(asked, 1);
    lies.store(false, Ordering::SeqCst);
    new.recovery().await.unwrap();
    becomes_state(&new, "waiting").await;
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wallet_19_an_enrolment_of_another_account_is_none() {
    let town = Town::new().await;
    let phone = Phone::default();
    let (wallet, _) = enrolled(&town, &phone).await;
    drop(wallet);
    let (liar, all) = (officers(&town).await.remove(0), Arc::new(AtomicBool::new(false)));
    let everybody = Arc::clone(&all);
    let way = Way::new(move |officer, what, _| {
        let lies = what == "enrolments" && (officer == liar || everybody.load(Ordering::SeqCst));
        if lies { Said::Another(200, json!({ "account": "ff".repeat(32) })) } else { Said::Truth }
    });
    let wallet = way.reopen(&phone, &town);
    let view = wallet.enrol_recovery(&hong()).await.unwrap();
    assert_eq!((*view.enrolled(), *view.officers()), (4, 5));
    all.store(true, Ordering::SeqCst);
    let nobody = wallet.enrol_recovery(&hong()).await.unwrap_err();
    assert!(matches!(nobody, WalletError::Unverified { source: Party::RecoveryOfficer, .. }), "{nobody:?}");
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wallet_19_the_open_case_of_another_phone_is_not_taken_for_ones_own_and_what_ran_out_is_signed_anew()
{
    let town = Town::new().await;
    let (old, _) = enrolled(&town, &Phone::default()).await;
    let (first, _, _) = filed(&town, &Phone::default()).await;
    // Officers who did not file the first case approve the second, and the ledger refuses it.
    let (second, code) = Phone::default().create(&town);
    let mut view = second.recover_by_office(&hong(), &code).await.unwrap();
    assert_eq!((*view.state(), *view.effective(), *view.can_complete()), ("sent", None, false));
    town.pass(WAIT + 1).await;
    assert_eq!(*first.recovery().await.unwrap().state(), "ready");
    assert_eq!(second.complete_recovery(&code).await.unwrap_err(), ledger(Reason::NoRecovery));
    view = second.recovery().await.unwrap();
    assert_eq!((*view.state(), *view.effective(), *view.can_complete()), ("sent", None, false));
    // More blocks than what officers have signed may wait for.
    for _ in 0..201 {
        town.pass(10).await;
    }
    let sent = old.dismiss_recovery(&hong()).await.unwrap();
    assert!(old.follow_submission(sent.id()).await.unwrap().is_done());
    // What was signed first can be executed no more.
    for _ in 0..LOOKS {
        match second.recover_by_office(&hong(), &code).await {
            Ok(view) if *view.state() == "waiting" => return town.stop().await,
            Ok(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("the case is not filed")
}

/// A liar at the gateway answers for every officer with what one of them has signed.
#[tokio::test(flavor = "multi_thread")]
async fn recovery_8_an_officer_has_noted_whose_account_it_is_if_she_has_signed_that_for_this_request() {
    let town = Town::new().await;
    let signed: Mutex<Option<Value>> = Mutex::default();
    let way = Way::new(move |_, what, said| match what {
        "enrolments" => {
            let first = signed.lock().unwrap().get_or_insert_with(|| said.clone()).clone();
            Said::Another(200, first)
        }
        _ => Said::Truth,
    });
    let (wallet, code) = way.create(&Phone::default(), &town);
    wallet.open_account(&code).await.unwrap();
    let view = wallet.enrol_recovery(&hong()).await.unwrap();
    assert_eq!(*view.enrolled(), 1, "she, and nobody in whose place she was repeated");
    // What she signed then counts for no other request.
    assert!(wallet.enrol_recovery(&hong()).await.is_err());
    town.stop().await;
}
