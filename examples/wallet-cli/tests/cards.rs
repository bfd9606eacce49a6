//! `wallet card …` and `wallet credential …` with `--json`, as the README promises them, against a city that runs.

// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use assert_cmd::Command;
use citizen_wallet::place::ASK_OFFER;
use citizen_wallet::{Https, Method, Transport as _, WebRequest};
use city_sandbox::city::City;
use city_sandbox::folder::Folder;
use serde_json::{Value, json};
use std::cell::Cell;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

const SERVICE: &str = "/v1/verifiers/mapo-library";

struct Town {
    folder: TempDir,
    city: City,
    /// Whose phone the verbs are for.
    home: Cell<&'static str>,
}

impl Town {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let city = City::start(Folder::open(&folder.path().join("city")).unwrap(), listen).await.unwrap();
        Self { folder, city, home: Cell::new("w") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A verb with `--json`: exactly one object on standard output, and the exit status that belongs to it.
    fn wallet(&self, arguments: &[&str], recovery: Option<&str>) -> Value {
        let mut command = Command::cargo_bin("wallet").unwrap();
        command
            .env_clear()
            .env("WALLET_PIN", "294857")
            .args(["--home", self.path(self.home.get()).to_str().unwrap()]);
        if let Some(code) = recovery {
            command.env("WALLET_RECOVERY_CODE", code);
        }
        let output = command.args(arguments).arg("--json").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        let answer: Value = serde_json::from_str(&text).unwrap();
        let status = if answer["ok"] == json!(true) { 0 } else { 2 };
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {answer}");
        answer
    }

    fn done(&self, arguments: &[&str]) -> Value {
        self.done_by(arguments, None)
    }

    fn done_by(&self, arguments: &[&str], recovery: Option<&str>) -> Value {
        let answer = self.wallet(arguments, recovery);
        assert_eq!(answer["ok"], true, "{arguments:?}: {answer}");
        let verb = arguments.iter().take_while(|word| word.chars().all(|letter| letter.is_ascii_lowercase()));
        let verb: Vec<&str> = verb.take(2).copied().collect();
        keeps(&verb.join(" "), arguments, &answer);
        answer
    }

    fn refused(&self, arguments: &[&str], recovery: Option<&str>) -> Value {
        let answer = self.wallet(arguments, recovery);
        assert_eq!(answer["ok"], false, "{arguments:?}: {answer}");
        let ko = answer["error"]["ko"].as_str().unwrap();
        assert!(ko.chars().any(|letter| ('가'..='힣').contains(&letter)), "{answer}");
        answer["error"].clone()
    }

    fn init(&self) -> Value {
        let (url, trust) = (self.city.url().to_string(), self.path("city/city.json"));
        self.done(&["card", "init", "--city", &url, "--trust", trust.to_str().unwrap()])
    }

    /// A counter or a service's page, asked as a browser asks: the answer's object, and where it sends the browser.
    async fn ask(&self, method: Method, path: &str, body: &Value) -> (Value, Option<String>) {
        let url = self.city.url().join(path).unwrap();
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = WebRequest { place: ASK_OFFER, method, url, headers, body };
        let answer = Https::new().unwrap().send_web(request).await.unwrap();
        let location = answer.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
        let location = location.map(|(_, value)| value.clone());
        (serde_json::from_slice(&answer.body).unwrap_or_default(), location)
    }

    /// An offer of the card, and the code that she is sent.
    async fn offer(&self) -> (String, String) {
        let application = json!({
            "number": "SB-1001", "name": "홍길동", "birth_date": "1999-03-02", "credentials": ["citizen-card"],
        });
        let (offered, _) = self.ask(Method::Post, "/v1/issuer/offers", &application).await;
        let text = |name: &str| offered[name].as_str().unwrap_or_else(|| panic!("{offered}")).to_owned();
        (text("offer"), text("transaction_code"))
    }

    /// What she does on the issuer's page in the browser: where it sends her back.
    async fn sign_in(&self, address: &str) -> String {
        let send = async |method, address: &str, headers: Vec<(String, String)>, body: String| {
            let (url, body) = (address.parse().unwrap(), body.into_bytes());
            let request = WebRequest { place: ASK_OFFER, method, url, headers, body };
            Https::new().unwrap().send_web(request).await.unwrap()
        };
        let header = |headers: &[(String, String)], name: &str| {
            headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).unwrap().1.clone()
        };
        let page = send(Method::Get, address, Vec::new(), String::new()).await;
        let cookie = header(&page.headers, "set-cookie").split(';').next().unwrap().to_owned();
        let html = String::from_utf8(page.body).unwrap();
        let (_, word) = html.split_once("name=\"word\" value=\"").unwrap();
        let (base, asked) = address.split_once('?').unwrap();
        let (word, who) = (word.split('"').next().unwrap(), "number=SB-1001&birth_date=1999-03-02");
        // 홍길동 in its letters' parts (NFD).
        let name = "%E1%84%92%E1%85%A9%E1%86%BC%E1%84%80%E1%85%B5%E1%86%AF%E1%84%83%E1%85%A9%E1%86%BC";
        let form = format!("{asked}&word={word}&decision=agree&{who}&name={name}");
        let headers = vec![
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
            ("cookie".to_owned(), cookie),
        ];
        header(&send(Method::Post, base, headers, form).await.headers, "location")
    }

    /// The link that the library's page shows, and the page.
    async fn visit(&self) -> (String, String) {
        self.visit_by("visits").await
    }

    /// The same by one of the page's buttons.
    async fn visit_by(&self, button: &str) -> (String, String) {
        let (_, page) = self.ask(Method::Post, &format!("{SERVICE}/{button}"), &Value::Null).await;
        let page = page.unwrap();
        (self.standing(&page).await["link"].as_str().unwrap().to_owned(), page)
    }

    async fn standing(&self, page: &str) -> Value {
        self.ask(Method::Get, &format!("{page}/standing"), &Value::Null).await.0
    }

    /// Asks until the answer is so: lists are signed and anchored by and by.
    async fn until(&self, arguments: &[&str], is_so: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..240 {
            let answer = self.wallet(arguments, None);
            if is_so(&answer) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        panic!("{arguments:?} never came to an end")
    }
}

/// All the fields are there that the README's contract says a verb answers.
#[track_caller]
fn keeps(verb: &str, arguments: &[&str], answer: &Value) {
    let option = ["--review", "--decline", "--redirect", "--give-up"]
        .into_iter()
        .find(|option| arguments.contains(option));
    let verb = option.map_or_else(|| verb.to_owned(), |option| format!("{verb} {option}"));
    let is_its = |line: &&str| line.split('|').nth(1).is_some_and(|cell| cell.contains(&format!("`{verb}`")));
    // The table of fields is the last that names it.
    let row = include_str!("../README.md").lines().rfind(is_its);
    let cell = row.unwrap_or_else(|| panic!("`{verb}` is not in the contract")).split('|').nth(2).unwrap();
    // What stands in parentheses are values; what follows a semicolon is of one verb alone.
    let cell = cell.split(';').next().unwrap();
    let cell: String =
        cell.split('(').map(|part| part.split_once(')').map_or(part, |(_, rest)| rest)).collect();
    let fields = cell.split('`').skip(1).step_by(2).map(|field| field.split(':').next().unwrap());
    for field in fields {
        assert!(answer.get(field).is_some(), "`{verb}`: `{field}` is missing: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_made_shown_changed_stopped_and_goes_on() {
    let town = Town::start().await;
    let made = town.init();
    assert_eq!((&made["made"], &made["standing"]), (&json!(true), &json!("active")), "{made}");
    let code = made["recovery_code"].as_str().unwrap();
    let again = town.init();
    assert_eq!((&again["made"], &again["recovery_code"]), (&json!(false), &Value::Null));
    assert_eq!(again["thumbprint"], made["thumbprint"], "nothing is made twice");
    let (url, trust) = (town.city.url().to_string(), town.path("city/city.json"));
    let init = ["init", "--city", &url, "--trust", trust.to_str().unwrap(), "--citizen", "김하나"];
    let bank = town.done(&init);
    assert_eq!((&bank["krw"], &bank["recovery_code"]), (&json!(100_000), &Value::Null));
    assert_eq!(town.refused(&init, None)["detail"]["reason"], "account-exists");
    let shown = town.done(&["card", "show"]);
    assert!(shown["did"].as_str().unwrap().starts_with("did:jwk:"));
    assert_eq!((&shown["custody"]["state"], &shown["credentials"]), (&json!("free"), &json!(0)));
    assert_eq!(shown["verified"]["signers"], 4);

    let asked = town.refused(&["card", "rotate"], None);
    assert_eq!((&asked["code"], &asked["detail"]["review"]["epoch"]), (&json!("not-approved"), &json!(0)));
    let rotated = town.done(&["card", "rotate", "--yes"]);
    assert_eq!((&rotated["replaced"], &rotated["epoch"]), (&made["thumbprint"], &json!(1)));
    assert_eq!(town.done(&["card", "show"])["thumbprint"], rotated["thumbprint"]);

    let objected = town.refused(&["card", "object"], None);
    assert_eq!(objected["detail"]["reason"], "no-recovery");
    let mut no_code = Command::cargo_bin("wallet").unwrap();
    no_code.env_clear().env("WALLET_PIN", "294857").args(["--home", town.path("w").to_str().unwrap()]);
    let status = no_code.args(["card", "revoke", "--json"]).output().unwrap().status.code();
    assert_eq!(status, Some(64), "nobody can be asked for the code");
    let wrong = town.refused(&["card", "revoke"], Some("0000-0000"));
    assert_eq!(wrong["detail"]["reason"], "recovery-code");
    let stopped = town.done_by(&["card", "revoke"], Some(code));
    assert_eq!((&stopped["kind"], &stopped["state"]), (&json!("freeze"), &json!("done")));
    assert_eq!(town.done(&["card", "show"])["standing"], "frozen");
    assert_eq!(town.refused(&["card", "freeze"], Some(code))["detail"]["reason"], "frozen");
    assert_eq!(town.refused(&["card", "rotate", "--yes"], None)["detail"]["reason"], "frozen");
    assert_eq!(town.done_by(&["card", "unfreeze"], Some(code))["kind"], "unfreeze");

    town.home.set("friend");
    let no_wallet = town.refused(&["card", "revoke"], Some(code));
    assert_eq!(no_wallet["detail"]["reason"], "wallet-missing");
    let place = ["--city", &url, "--trust", trust.to_str().unwrap()];
    let stopped = town.done_by(&[&["card", "revoke"][..], &place].concat(), Some(code));
    assert_eq!((&stopped["kind"], &stopped["state"]), (&json!("freeze-elsewhere"), &json!("done")));
    assert_eq!(town.refused(&["card", "freeze"], Some(code))["detail"]["reason"], "frozen");
    town.home.set("w");
    assert_eq!(town.done(&["card", "show"])["standing"], "frozen", "by another's phone");
    assert_eq!(town.done_by(&["card", "unfreeze"], Some(code))["kind"], "unfreeze");
    assert_eq!(town.done(&["card", "show"])["standing"], "active");
    assert_eq!(town.done(&["credential", "list"])["credentials"], json!([]));
    assert_eq!(town.done(&["credential", "log"])["events"], json!([]));
    town.city.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_is_received_by_signing_in_at_the_issuers_page() {
    let town = Town::start().await;
    town.init();
    let (offered, _) = town.ask(Method::Get, "/v1/issuer/offers/citizen-card", &Value::Null).await;
    let offer = offered["offer"].as_str().unwrap();
    let review = town.done(&["credential", "receive", offer, "--review"]);
    assert_eq!((&review["can_accept"], &review["needs_browser"]), (&json!(true), &json!(true)), "{review}");
    let begun = town.done(&["credential", "receive", offer]);
    assert_eq!((&begun["credentials"], &begun["authorization"]["can_open"]), (&json!([]), &json!(true)));
    let back = town.sign_in(begun["authorization"]["address"].as_str().unwrap()).await;
    let foreign = back.replace("state=", "state=x");
    let refused = town.refused(&["credential", "receive", "--redirect", &foreign], None);
    assert_eq!(refused["detail"]["reason"], "authorization-unknown");
    let received = town.done(&["credential", "receive", "--redirect", &back]);
    assert_eq!(received["credentials"][0]["copies_left"], 10, "{received}");
    let again = town.refused(&["credential", "receive", "--redirect", &back], None);
    assert_eq!(again["detail"]["reason"], "authorization-unknown");
    town.done(&["credential", "receive", offer]);
    assert_eq!(town.done(&["credential", "receive", "--give-up"])["given_up"], true);
    assert_eq!(town.done(&["credential", "receive", "--give-up"])["given_up"], false);
    town.city.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_is_received_shown_declined_and_found_revoked() {
    let town = Town::start().await;
    town.init();
    let (offer, code) = town.offer().await;
    let review = town.done(&["credential", "receive", &offer, "--review"]);
    assert_eq!((&review["can_accept"], &review["needs_code"]), (&json!(true), &json!(true)), "{review}");
    let no_code = town.refused(&["credential", "receive", &offer], None);
    assert_eq!(no_code["detail"]["reason"], "transaction-code");
    let received = town.done(&["credential", "receive", &offer, "--tx-code", &code]);
    let id = received["credentials"][0]["id"].as_str().unwrap().to_owned();
    let spent = town.refused(&["credential", "receive", &offer, "--tx-code", &code], None);
    assert_eq!(spent["code"], "refused", "{spent}");
    let nothing = town.refused(&["credential", "receive", "hello"], None);
    assert_eq!(nothing["detail"]["reason"], "offer");

    // The list of statuses is signed and anchored by and by.
    let listed = town.until(&["credential", "list"], |it| it["refreshed"] == json!(true)).await;
    assert_eq!(listed["credentials"][0]["state"], "valid", "{listed}");
    let copies = listed["credentials"][0]["copies_left"].as_u64().unwrap();
    let offline = town.done(&["credential", "show", &id[..8], "--offline"]);
    assert_eq!((&offline["refreshed"], &offline["hint"]), (&json!(false), &Value::Null));
    assert_eq!(offline["credential"]["id"], json!(id));
    let stranger = town.refused(&["credential", "show", "ffff"], None);
    assert_eq!(stranger["detail"]["reason"], "credential-unknown");

    // WALLET-21: where she lives the card says, to the phone alone; what she names herself goes before it.
    let polls = town.done(&["vote", "list"]);
    assert_eq!((&polls["district"], &polls["whence"]), (&json!("마포구"), &json!("credential")), "{polls}");
    let polls = town.done(&["vote", "list", "--district", "강남구"]);
    assert_eq!((&polls["district"], &polls["whence"]), (&json!("강남구"), &json!("chosen")), "{polls}");

    // Nobody says yes in a pipe: nothing is shown, and what would have been is told.
    let (link, page) = town.visit().await;
    let asked = town.refused(&["credential", "present", &link], None);
    assert_eq!(asked["code"], "not-approved", "{asked}");
    let choice = &asked["detail"]["review"]["choice"][0];
    assert_eq!((&choice["credential"], choice["claims"].as_array().unwrap().len()), (&json!(id), 2));
    assert_eq!(town.standing(&page).await["standing"], "waiting");

    let (link, page) = town.visit().await;
    let claims: Vec<String> =
        choice["claims"].as_array().unwrap().iter().map(|claim| claim.as_str().unwrap().to_owned()).collect();
    let more = format!("{id}.{},{id}.birthdate", claims[0]);
    let wrong = town.refused(&["credential", "present", &link, "--select", &more, "--yes"], None);
    assert_eq!(wrong["detail"]["reason"], "selection");
    let (link_of_all, page_of_all) = town.visit().await;
    let all: Vec<String> = claims.iter().map(|claim| format!("{}.{claim}", &id[..6])).collect();
    let shown = town.done(&["credential", "present", &link_of_all, "--select", &all.join(","), "--yes"]);
    assert_eq!((&shown["presented"], &shown["shown"][0]["credential"]), (&json!(true), &json!(id)));
    let stood = town.standing(&page_of_all).await;
    assert_eq!((&stood["standing"], &stood["visitor"]), (&json!("accepted"), &json!("new")));
    assert_eq!(shown["signed_in"]["is_known"], json!(false));
    assert_eq!(town.standing(&page).await["standing"], "waiting");
    let held = town.done(&["credential", "list", "--offline"]);
    assert_eq!(held["credentials"][0]["copies_left"], json!(copies - 1), "a copy is shown once");

    // Next time she is known, and shows nothing.
    let (link, page) = town.visit_by("returns").await;
    let back = town.done(&["credential", "present", &link, "--yes"]);
    assert_eq!((&back["shown"], &back["signed_in"]["is_known"]), (&json!([]), &json!(true)));
    assert_eq!(town.standing(&page).await["visitor"], "known");
    let services = town.done(&["credential", "services"]);
    assert_eq!(services["services"][0]["service"]["en"], "Sandbox Mapo Library");
    let service = services["services"][0]["id"].as_str().unwrap().to_owned();
    let (link, page) = town.visit().await;
    let declined = town.done(&["credential", "present", &link, "--decline"]);
    assert_eq!(declined["presented"], json!(false));
    assert_ne!(town.standing(&page).await["standing"], "accepted");
    let log = town.done(&["credential", "log"]);
    let kinds: Vec<&str> =
        log["events"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["received", "presented", "signed-in", "signed-in", "declined"]);
    assert_eq!(log["events"][1]["party"]["en"], "Sandbox Mapo Library");

    assert_eq!(
        town.refused(&["credential", "leave", "ffff", "--yes"], None)["detail"]["reason"],
        "service-unknown"
    );
    assert_eq!(town.refused(&["credential", "leave", &service], None)["code"], "not-approved");
    assert_eq!(town.done(&["credential", "leave", &service[..6], "--yes"])["left"], json!(true));
    assert_eq!(town.done(&["credential", "services"])["services"], json!([]));
    let (link, page) = town.visit_by("returns").await;
    assert_eq!(town.done(&["credential", "present", &link, "--yes"])["signed_in"]["is_known"], json!(false));
    assert_eq!(town.standing(&page).await["standing"], "no-account", "a new person, and no card");

    town.city.cards().issuer.revoke("SB-1001", None).unwrap();
    let is_revoked = |it: &Value| it["credentials"][0]["state"] == json!("revoked");
    town.until(&["credential", "list"], is_revoked).await;
    assert_eq!(town.done(&["vote", "list"])["whence"], "unknown", "a revoked card says nothing");
    let (link, _) = town.visit().await;
    let cannot = town.refused(&["credential", "present", &link, "--yes"], None);
    assert_eq!(cannot["code"], "cannot-present", "{cannot}");
    assert_eq!(town.refused(&["credential", "forget", &id], None)["code"], "not-approved");
    assert_eq!(town.done(&["credential", "forget", &id, "--yes"])["forgotten"], json!(true));
    assert_eq!(town.done(&["credential", "list"])["credentials"], json!([]));
    town.city.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_above_the_limit_shows_the_card_that_the_review_names_and_is_refused_without_one() {
    let town = Town::start().await;
    let (url, trust) = (town.city.url().to_string(), town.path("city/city.json"));
    town.done(&["init", "--city", &url, "--trust", trust.to_str().unwrap(), "--citizen", "홍길동"]);
    for evidence in ["eco-2025-h2", "eco-2026-h1"] {
        assert_eq!(town.wallet(&["earn", "eco", evidence], None)["ok"], true);
    }
    let picture = town.city.picture("static-rotated.png");
    let plan = ["pay", picture.to_str().unwrap(), "--amount", "155000", "--coins", "60000"];
    let agreed = [plan.as_slice(), &["--yes"]].concat();
    let needed = town.refused(&agreed, None);
    assert_eq!((&needed["code"], &needed["detail"]["reason"]), (&json!("refused"), &json!("card-needed")));

    let (offer, code) = town.offer().await;
    town.done(&["credential", "receive", &offer, "--tx-code", &code]);
    let asked = town.refused(&plan, None);
    let card = &asked["detail"]["review"]["card"];
    assert_eq!((&card["claims"], &card["above"]), (&json!(["age_over_14"]), &json!(150_000)), "{asked}");
    let paid = town.done(&agreed);
    assert_eq!((&paid["state"], &paid["card"]["state"]), (&json!("captured"), &json!("taken")), "{paid}");
    let log = town.done(&["credential", "log"]);
    let shown = log["events"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&shown["kind"], &shown["party"]["en"]),
        (&json!("presented"), &json!("Sandbox ZeroPay Centre"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lost_account_is_asked_for_on_a_new_phone_objected_to_upheld_and_dropped() {
    let town = Town::start().await;
    let (url, trust) = (town.city.url().to_string(), town.path("city/city.json"));
    // As a Mac hands it over: 홍 길동 in its letters' parts.
    let name = "\u{1112}\u{1169}\u{11bc} \u{1100}\u{1175}\u{11af}\u{1103}\u{1169}\u{11bc}";
    let who = ["--number", "SB-1001", "--name", name, "--birth-date", "1999-03-02"];
    let by = |verb: &'static str| [&["card", verb][..], &who].concat();
    let account = town.init()["account"].clone();
    let enrolled = town.done(&by("enrol"));
    assert_eq!((&enrolled["enrolled"], &enrolled["needed"]), (&json!(5), &json!(2)));
    assert_eq!(town.done(&by("lost"))["revoked"], json!(0), "nothing was issued to her yet");

    town.home.set("new");
    let place = ["--city", &url, "--trust", trust.to_str().unwrap()];
    let asked = town.done(&[&by("recover")[..], &place].concat());
    assert_eq!(
        (&asked["state"], &asked["approved"], &asked["account"]),
        (&json!("waiting"), &json!(2), &account)
    );
    let code = asked["recovery_code"].as_str().unwrap();
    let time = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{asked}")).to_owned();
    assert!(time(&asked["effective"]) > time(&asked["verified"]["time"]), "{asked}");
    assert_eq!(town.done(&["card", "recovery"])["can_complete"], json!(false));
    let early = town.refused(&["card", "takeover"], Some(code));
    assert_eq!(early["detail"]["reason"], "recovery-time", "{early}");
    assert_eq!(town.refused(&["card", "uphold"], None)["detail"]["reason"], "recovery-time");

    town.home.set("w");
    assert_eq!(town.done(&["card", "object"])["state"], json!("done"));
    town.home.set("new");
    let is = |state: &'static str| move |it: &Value| it["state"] == json!(state);
    town.until(&["card", "recovery"], is("objected")).await;
    town.done(&["card", "uphold"]);
    town.until(&["card", "recovery"], is("upheld")).await;
    town.home.set("w");
    let dropped = town.done(&by("dismiss"));
    assert_eq!((&dropped["kind"], &dropped["state"]), (&json!("dismissal"), &json!("done")));
    assert_eq!(town.done(&["card", "show"])["standing"], "active");
    town.home.set("new");
    town.until(&["card", "recovery"], is("dismissed")).await;
    town.city.stop().await.unwrap();
}
