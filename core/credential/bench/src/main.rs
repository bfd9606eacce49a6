//! What SD-JWT costs beside the crates `affinidi-sd-jwt` and `sd-jwt-payload`, in one run: the same claims, the same of them concealed,
//! the same two shown, one ES256 under all of them. Neither peer signs or verifies by itself; both get this project's signatures. And what
//! one look at a status list of 1,000,000 costs. Prints lines of `figure`, name, value, unit.

mod affinidi;
mod ours;
mod payload;
mod status;

use citizen_jose::{Algorithm, SoftwareSigner};
use citizen_primitives::random;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long each act is repeated.
const TURN: Duration = Duration::from_millis(400);
/// How often the three take turns: the best turn of each counts, so that a busy moment is nobody's.
const ROUNDS: usize = 5;

const AUDIENCE: &str = "https://library.seoul.example";
const NONCE: &str = "n-0S6_WzA2Mj";
const NOW: u64 = 1_795_000_000;

/// Who issues and who holds.
struct Keys {
    issuer: SoftwareSigner,
    holder: SoftwareSigner,
}

/// One way to do it: each act gives its text, or panics.
trait Way {
    fn name(&self) -> &'static str;
    /// A credential.
    fn issue(&self) -> String;
    /// Of a credential `age_over_19` and `address.district`, bound to nonce and audience.
    fn present(&self, credential: &str) -> String;
    /// What a presentation says, if signatures, digests, nonce and audience are right.
    fn verify(&self, presentation: &str) -> Value;
}

fn claims() -> Value {
    json!({
        "iss": "https://card.seoul.example", "vct": "urn:seoul:citizen-card:1", "exp": NOW + 7_776_000,
        "family_name": "홍", "given_name": "길동", "birthdate": "1999-03-02", "age_over_14": true,
        "age_over_19": true, "age_over_65": false, "nationality": "KR",
        "address": { "region": "서울특별시", "district": "마포구", "street": "월드컵로 212" },
    })
}

/// What is concealed of them; all members of the address too.
const CONCEALED: [&str; 8] = [
    "family_name",
    "given_name",
    "birthdate",
    "age_over_14",
    "age_over_19",
    "age_over_65",
    "nationality",
    "address",
];
const OF_ADDRESS: [&str; 3] = ["region", "district", "street"];

fn main() {
    let pair = || SoftwareSigner::generate(Algorithm::Es256, &mut random::system());
    let keys = Keys { issuer: pair(), holder: pair() };
    let ways: [Box<dyn Way + '_>; 3] =
        [Box::new(ours::Ours(&keys)), Box::new(payload::Payload(&keys)), Box::new(affinidi::Affinidi(&keys))];
    let mut best = [[0f64; 3]; 3];
    let mut bytes = [[0usize; 2]; 3];
    for (way, bytes) in ways.iter().zip(&mut bytes) {
        let credential = way.issue();
        let shown = way.present(&credential);
        let said = way.verify(&shown);
        assert_eq!(said["age_over_19"], json!(true), "{}", way.name());
        assert_eq!(said["address"], json!({ "district": "마포구" }), "{}", way.name());
        assert!(said.get("family_name").is_none(), "{}", way.name());
        *bytes = [credential.len(), shown.len()];
    }
    for _ in 0..ROUNDS {
        for (way, best) in ways.iter().zip(&mut best) {
            let credential = way.issue();
            let shown = way.present(&credential);
            best[0] = best[0].max(rate(|| drop(way.issue())));
            best[1] = best[1].max(rate(|| drop(way.present(&credential))));
            best[2] = best[2].max(rate(|| drop(way.verify(&shown))));
        }
    }
    for (act, name) in ["issue", "present", "verify"].into_iter().enumerate() {
        for (way, best) in ways.iter().zip(&best) {
            figure(&format!("sd-jwt-{name}-{}", way.name()), best[act], "a second");
        }
        for (way, best_of) in ways.iter().zip(&best).skip(1) {
            let share = best[0][act] / best_of[act];
            figure(&format!("sd-jwt-{name}-share-of-{}", way.name()), share, "ours beside theirs");
        }
    }
    for (at, name) in ["credential", "presentation"].into_iter().enumerate() {
        for (way, bytes) in ways.iter().zip(&bytes) {
            let count = f64::from(u32::try_from(bytes[at]).unwrap());
            figure(&format!("sd-jwt-{name}-bytes-{}", way.name()), count, "bytes");
        }
    }
    // The peers' holders verify nothing: beside them stands what a presentation costs once that is done.
    let (ours, mut shows) = (ours::Ours(&keys), 0f64);
    let held = ours.accept(&ours.issue());
    for _ in 0..ROUNDS {
        shows = shows.max(rate(|| drop(ours.show(&held))));
    }
    figure("sd-jwt-present-verified-before-ours", shows, "a second");
    for (way, best) in ways.iter().zip(&best).skip(1) {
        let name = format!("sd-jwt-present-verified-before-share-of-{}", way.name());
        figure(&name, shows / best[1], "ours beside theirs");
    }
    status::measure(&keys);
}

/// How often in a second of this thread's processor time: what else the machine does counts little.
fn rate(act: impl Fn()) -> f64 {
    let clock = Instant::now();
    let (start, mut count) = (spent(&clock), 0u32);
    loop {
        act();
        count += 1;
        let took = spent(&clock) - start;
        if took >= TURN {
            return f64::from(count) / took.as_secs_f64();
        }
    }
}

/// This thread's processor time where the kernel says it (Linux), else the time that has passed.
fn spent(clock: &Instant) -> Duration {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = said.and_then(|said| said.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| clock.elapsed(), Duration::from_nanos)
}

fn figure(name: &str, value: f64, unit: &str) {
    println!("figure\t{name}\t{value:.3}\t{unit}");
}
