//! Every field and byte range of every answer of a whole session, one lie at a time.

use crate::market;
use crate::mutate::{Lie, Thoroughness, fields, lies};
use crate::phone::{Around, Phone};
use crate::record::{Replay, Told, Twist};
use crate::session::{Scene, Session, nobody, offline, perform};
use crate::truth::Truth;
use citizen_client::Response;
use citizen_primitives::clock::ManualClock;
use citizen_wallet::{UnixTime, WalletError};
use city_gateway::Gateway;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Errors that say what is wrong with an answer. Any other word means that a lie went deeper than it may: into a store, a
/// key, or the program itself.
pub const NAMED: [&str; 13] = [
    "unverified",
    "unknown-party",
    "refused",
    "clock-wrong",
    "needs-update",
    "stale",
    "offline",
    "pending",
    "not-enough",
    "expired",
    "needs-refresh",
    "fenced",
    "cancelled",
];

/// Routes whose answers no wallet and no verifying client reads.
const NOT_READ: [&str; 4] = ["/health", "/metrics", "/openapi.json", "/v1/ledger/status"];

/// Routes of the parties among themselves, and those about which lies are told elsewhere.
const NOT_THE_WALLETS: [&str; 11] = [
    "/v1/bank/refunds",
    "/v1/bank/refunds/{refund}",
    "/v1/bank/settlements",
    // A hint for who has lost her phone: lies about it are told in the wallet's own tests (`core/wallet/tests/wallet_custody.rs`, WALLET-30).
    "/v1/ledger/recovery-keys/{key}",
    // What a client makes of lies about public logs is tested at the client itself.
    "/v1/ledger/logs/{log}/growth",
    "/v1/ledger/logs/{log}/leaves",
    "/v1/ledger/logs/{log}/leaves/{index}/proof",
    "/v1/ledger/logs/{log}/marks/{mark}",
    // No poll is held here: lies about polls are told in the wallet's own tests (`core/wallet/tests/votes`).
    "/v1/treasury/rewards",
    "/v1/treasury/rewards/keys",
    "/v1/treasury/rewards/redeem",
];

/// What came of the lies about one field: shown truly, or refused by a word.
type Table = BTreeMap<(String, String), BTreeMap<String, usize>>;

/// What one run of an act came to.
struct Run {
    outcome: Result<(), WalletError>,
    shown: Vec<Value>,
    kept: Vec<Value>,
    now: UnixTime,
    was_ended: bool,
}

fn replay(scene: &Scene, twist: Twist) -> (Run, Phone) {
    let phone = scene.phone.copied();
    let run = run(scene, &phone, twist);
    (run, phone)
}

fn run(scene: &Scene, phone: &Phone, twist: Twist) -> Run {
    let clock = Arc::new(ManualClock::at(scene.began));
    let replay = Replay::of(&scene.told, twist, clock.clone());
    let around =
        Around { transport: replay.clone(), timer: replay.clone(), clock: clock.clone(), seed: scene.seed };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut shown = Vec::new();
    let outcome = runtime.block_on(perform(&scene.act, phone, &around, &scene.needs, &mut shown));
    let now = citizen_wallet::Clock::now(&*clock);
    let kept =
        if scene.act.keeps() { offline(phone, &nobody(now, scene.seed), &scene.trust) } else { Vec::new() };
    Run { outcome, shown, kept, now, was_ended: replay.was_ended() }
}

/// The route of a path, as the gateway's document names it.
fn route(routes: &[(String, String)], told: &Told) -> String {
    let path = told.path.split('?').next().unwrap();
    let matches = |template: &str| {
        let (mut parts, mut names) = (path.split('/'), template.split('/'));
        parts.by_ref().count() == names.by_ref().count()
            && path
                .split('/')
                .zip(template.split('/'))
                .all(|(part, name)| name.starts_with('{') || name == part)
    };
    let method = if told.is_post { "post" } else { "get" };
    let found = routes.iter().find(|(verb, template)| verb == method && matches(template));
    let (_, template) = found.unwrap_or_else(|| panic!("{path} is no route"));
    format!("{method} {template}")
}

fn routes(gateway: Gateway) -> Vec<(String, String)> {
    let document: Value = serde_json::from_str(&gateway.openapi().to_json().unwrap()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let verbs = |(path, verbs): (&String, &Value)| {
        let verbs: Vec<_> = verbs.as_object().unwrap().keys().cloned().collect();
        verbs.into_iter().map(|verb| (verb, path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(verbs).collect()
}

/// Answers that the gateway gave before, up to and including this scene, to the same route.
fn earlier<'a>(session: &'a Session, routes: &[(String, String)], scene: usize, name: &str) -> Vec<&'a Told> {
    let told = session.scenes[..=scene].iter().flat_map(|scene| scene.told.iter());
    told.filter(|told| route(routes, told) == name && told.answer.status == 200).collect()
}

struct Work<'a> {
    session: &'a Session,
    truths: Vec<Truth<'a>>,
    jobs: Vec<(usize, usize, String, Lie)>,
}

impl Work<'_> {
    /// Tells one lie and judges what came of it.
    fn judge(&self, job: usize) -> (String, Vec<String>) {
        let (scene, at, route, lie) = &self.jobs[job];
        let (scene, truth) = (&self.session.scenes[*scene], &self.truths[*scene]);
        let (run, phone) = replay(scene, Twist::Lie(*at, lie.answer.clone()));
        let mut wrong = Vec::new();
        for view in run.shown.iter().chain(&run.kept) {
            wrong.extend(truth.lies_in(view, run.now));
        }
        let word = match &run.outcome {
            Ok(()) => "true".to_owned(),
            Err(error) => {
                let code = error.code();
                if !NAMED.contains(&code) || (code == "cancelled" && !run.was_ended) {
                    wrong.push(format!("refused with {error:?}"));
                }
                code.to_owned()
            }
        };
        // Nothing of the lie may stay behind: asked again, an honest city is believed.
        if scene.act.can_be_repeated() && !["bytes", "structure"].contains(&lie.kind) {
            let again = self::run(scene, &phone, Twist::None);
            wrong.extend(again.outcome.err().map(|error| format!("asked again: {error:?}")));
        }
        let place = format!("{} | {route} {} | {} | {}", scene.name, lie.field, lie.kind, brief(&lie.answer));
        (word, wrong.into_iter().map(|what| format!("{place} | {what}")).collect())
    }

    /// All of them, on every core.
    fn judge_all(&self) -> (Table, Vec<String>) {
        let next = AtomicUsize::new(0);
        let results = std::thread::scope(|scope| {
            let worker = || {
                let mut results = Vec::new();
                loop {
                    let job = next.fetch_add(1, Ordering::SeqCst);
                    if job >= self.jobs.len() {
                        return results;
                    }
                    results.push((job, self.judge(job)));
                }
            };
            let cores = std::thread::available_parallelism().map_or(2, |cores| cores.get());
            let workers: Vec<_> = (0..cores).map(|_| scope.spawn(worker)).collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect::<Vec<_>>()
        });
        let (mut table, mut wrong) = (Table::new(), Vec::new());
        for (job, (word, defects)) in results {
            let (_, _, route, lie) = &self.jobs[job];
            *table.entry((route.clone(), lie.field.clone())).or_default().entry(word).or_default() += 1;
            wrong.extend(defects);
        }
        (table, wrong)
    }
}

fn brief(answer: &Response) -> String {
    let body: String = String::from_utf8_lossy(&answer.body).chars().take(160).collect();
    format!("{} {body}", answer.status)
}

fn thoroughness() -> Thoroughness {
    // `CITY_LIES=12` takes minutes, `CITY_LIES=all` an hour.
    match std::env::var("CITY_LIES").as_deref() {
        Ok("all") => Thoroughness::Exhaustive,
        Ok(number) => Thoroughness::Sampled(number.parse().unwrap()),
        Err(_) => Thoroughness::Sampled(2),
    }
}

/// What may be shown after each scene: what an honest city made the phone show, also where it was cut off in between.
fn truths(session: &Session) -> Vec<Truth<'_>> {
    let mut truth = Truth::of(session);
    let learn_scene = |scene: &Scene| {
        // Told again without a lie, everything is as it was: the same questions, the same views.
        let (honest, _) = replay(scene, Twist::None);
        assert_eq!(honest.outcome, Ok(()), "{}", scene.name);
        assert_eq!(honest.shown, scene.shown, "{}", scene.name);
        truth.learn(scene.known.iter().chain(&honest.shown).chain(&honest.kept));
        for at in 0..scene.told.len() {
            for twist in [Twist::Withheld(at), Twist::Gone(at)] {
                let (run, _) = replay(scene, twist);
                truth.learn(run.shown.iter().chain(&run.kept));
                let named = |error: &WalletError| NAMED.contains(&error.code());
                assert!(
                    run.outcome.as_ref().err().is_none_or(named),
                    "{} {at}: {:?}",
                    scene.name,
                    run.outcome
                );
            }
        }
        truth.clone()
    };
    session.scenes.iter().map(learn_scene).collect()
}

/// Tells every lie about a session; returns the routes about which lies were told.
fn no_lie_is_believed(session: &Session) -> BTreeSet<String> {
    let routes = routes(session.town.gateway());
    let truths = truths(session);
    let (mut jobs, mut expected) = (Vec::new(), BTreeSet::new());
    for (at, scene) in session.scenes.iter().enumerate() {
        for (place, told) in scene.told.iter().enumerate() {
            let route = route(&routes, told);
            expected.extend(fields(&told.answer.body).into_iter().map(|field| (route.clone(), field)));
            let others = earlier(session, &routes, at, &route);
            let lies = lies(told, &others, thoroughness(), place * 31 + at * 7);
            jobs.extend(lies.into_iter().map(|lie| (at, place, route.clone(), lie)));
        }
    }
    let work = Work { session, truths, jobs };
    let (table, wrong) = work.judge_all();
    println!("{} lies about {} fields", work.jobs.len(), table.len());
    for ((route, field), words) in &table {
        println!("{route:45} {field:22} {words:?}");
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), work.jobs.len(), wrong.join("\n"));
    let touched: BTreeSet<_> = table.keys().cloned().collect();
    assert_eq!(expected.difference(&touched).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
    touched.into_iter().map(|(route, _)| route).collect()
}

/// The routes that are read, about which no lie was told.
fn silent(session: &Session, asked: &BTreeSet<String>, is_read: impl Fn(&str) -> bool) -> Vec<String> {
    let routes = routes(session.town.gateway());
    let read = routes.iter().filter(|(_, path)| is_read(path));
    read.map(|(verb, path)| format!("{verb} {path}")).filter(|name| !asked.contains(name)).collect()
}

#[test]
fn wallet_1_no_field_and_no_byte_range_of_any_answer_can_be_changed_into_a_view() {
    let session = Session::play();
    let asked = no_lie_is_believed(&session);
    let is_read =
        |path: &str| ![&NOT_READ[..], &NOT_THE_WALLETS, &market::ROUTES].iter().any(|of| of.contains(&path));
    assert_eq!(silent(&session, &asked, is_read), Vec::<String>::new());
}

#[test]
fn wallet_1_no_field_and_no_byte_range_of_any_answer_at_a_market_can_be_changed_into_a_view() {
    let session = Session::play_market();
    let asked = no_lie_is_believed(&session);
    assert_eq!(silent(&session, &asked, |path| market::ROUTES.contains(&path)), Vec::<String>::new());
}
