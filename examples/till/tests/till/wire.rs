//! The wire between a till and the city: it loses requests and answers, and changes them, on demand.

use citizen_client::TillWord;
use citizen_client::api::{Bytes, RegisterAnswer, TillAnswer, TillRequest, TillResponse};
use citizen_keys::{Signed, SigningKey};
use citizen_payment::till::{MerchantAct, MerchantRequest};
use city_sandbox::merchants;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What happens to a till's request of a kind.
#[derive(Clone, Copy)]
pub(crate) enum Fate {
    /// It does not arrive.
    LoseRequest,
    /// It arrives; the answer does not.
    LoseAnswer,
    /// It arrives, and the answer is on its way for a long time.
    Hang,
    /// One letter of the centre's signed answer is changed.
    ChangeAnswer,
    /// The gateway answers by itself: refused, for no reason of the centre's. The request does not arrive.
    Refuse,
    /// The gateway hands the request on, and says that it was refused.
    PretendRefusal,
    /// The gateway answers with the centre's newest word on a request of this kind: somebody else's, or an older one.
    Replay,
    /// The gateway says of a merchant that registers that it is another one.
    Rename,
    /// The centre itself says something else, over its own signature.
    Lie(fn(&mut TillAnswer)),
}

/// Answers by the kind of their requests.
type Words = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// What shall happen: to the next requests of a kind, so many times.
type Fates = Arc<Mutex<Vec<(&'static str, Fate, usize)>>>;

/// The wire.
pub(crate) struct Wire {
    pub(crate) url: String,
    fates: Fates,
    /// The kinds of requests that went over it.
    pub(crate) seen: Arc<Mutex<Vec<String>>>,
    /// The kinds of requests that the city has answered.
    answered: Arc<Mutex<Vec<String>>>,
    /// The centre's newest word on each kind of request.
    words: Words,
    /// The centre's own key, with which it lies.
    centre: Arc<SigningKey>,
    /// What questions about the state are answered with again, if the wire withholds newer headers.
    frozen: Arc<Mutex<Frozen>>,
}

#[derive(Default)]
struct Frozen {
    is_on: bool,
    /// The newest answer to each question.
    answers: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Wire {
    /// From an address on this machine to the city's.
    pub(crate) async fn to(city: &str, centre: SigningKey) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let wire = Self {
            url,
            fates: Fates::default(),
            seen: Arc::default(),
            answered: Arc::default(),
            words: Words::default(),
            centre: Arc::new(centre),
            frozen: Arc::default(),
        };
        let carrier = Carrier {
            upstream: city.trim_start_matches("http://").trim_end_matches('/').to_owned(),
            fates: Arc::clone(&wire.fates),
            seen: Arc::clone(&wire.seen),
            answered: Arc::clone(&wire.answered),
            words: Arc::clone(&wire.words),
            centre: Arc::clone(&wire.centre),
            frozen: Arc::clone(&wire.frozen),
        };
        tokio::spawn(async move {
            loop {
                let Ok((client, _)) = listener.accept().await else { return };
                let carrier = carrier.clone();
                tokio::spawn(async move { carrier.carry(client).await });
            }
        });
        wire
    }

    /// What shall happen to the next requests of a kind.
    pub(crate) fn will(&self, kind: &'static str, fate: Fate, times: usize) {
        self.fates.lock().unwrap().push((kind, fate, times));
    }

    /// Everything goes through again.
    pub(crate) fn heal(&self) {
        self.fates.lock().unwrap().clear();
    }

    /// From now on the wire answers every question about the state as it answered it the last time.
    pub(crate) fn freeze(&self, is_on: bool) {
        self.frozen.lock().unwrap().is_on = is_on;
    }

    /// How often a kind of request went over the wire.
    pub(crate) fn count(&self, kind: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|seen| *seen == kind).count()
    }

    /// How often the city answered a kind of request, whatever became of the answer.
    pub(crate) fn answered(&self, kind: &str) -> usize {
        self.answered.lock().unwrap().iter().filter(|answered| *answered == kind).count()
    }
}

#[derive(Clone)]
struct Carrier {
    upstream: String,
    fates: Fates,
    seen: Arc<Mutex<Vec<String>>>,
    answered: Arc<Mutex<Vec<String>>>,
    words: Words,
    centre: Arc<SigningKey>,
    frozen: Arc<Mutex<Frozen>>,
}

impl Carrier {
    async fn carry(&self, mut client: TcpStream) {
        while let Some((head, body)) = read_message(&mut client).await {
            let kind = kind(&head, &body);
            self.seen.lock().unwrap().push(kind.clone());
            let fate = self.fate(&kind);
            let answer = match fate {
                Some(Fate::LoseRequest) => return,
                Some(Fate::Refuse) => refusal("over-cap"),
                Some(Fate::Replay) => self.words.lock().unwrap()[&kind].clone(),
                _ => {
                    let answer = self.hand_on(&head, &body).await;
                    self.answered.lock().unwrap().push(kind.clone());
                    answer
                }
            };
            let answer = match fate {
                Some(Fate::LoseAnswer) => return,
                Some(Fate::Hang) => {
                    tokio::time::sleep(Duration::from_secs(25)).await;
                    return;
                }
                Some(Fate::PretendRefusal) => refusal("over-cap"),
                Some(Fate::Rename) => renamed(),
                Some(Fate::ChangeAnswer) => changed(&answer),
                Some(Fate::Lie(lie)) => self.lied(&answer, lie),
                _ => {
                    self.words.lock().unwrap().insert(kind.clone(), answer.clone());
                    answer
                }
            };
            let answer = if kind == "state" { self.withheld(body, answer) } else { answer };
            if client.write_all(&answer).await.is_err() {
                return;
            }
        }
    }

    fn fate(&self, kind: &str) -> Option<Fate> {
        let mut fates = self.fates.lock().unwrap();
        let (_, fate, times) = fates.iter_mut().find(|(of, _, times)| *of == kind && *times > 0)?;
        *times -= 1;
        Some(*fate)
    }

    fn lied(&self, answer: &[u8], lie: fn(&mut TillAnswer)) -> Vec<u8> {
        let signed: Signed<TillWord> = word(answer).read().unwrap();
        let mut said = signed.dangerous_unverified().unwrap();
        lie(&mut said.answer);
        said_again(&Bytes::of(&Signed::sign(&said, &self.centre)))
    }

    fn withheld(&self, question: Vec<u8>, answer: Vec<u8>) -> Vec<u8> {
        let mut frozen = self.frozen.lock().unwrap();
        if frozen.is_on {
            return frozen.answers.get(&question).cloned().unwrap_or(answer);
        }
        frozen.answers.insert(question, answer.clone());
        answer
    }

    async fn hand_on(&self, head: &str, body: &[u8]) -> Vec<u8> {
        let mut city = TcpStream::connect(&self.upstream).await.unwrap();
        city.write_all(format!("{head}\r\n\r\n").as_bytes()).await.unwrap();
        city.write_all(body).await.unwrap();
        let (head, body) = read_message(&mut city).await.unwrap();
        [format!("{head}\r\n\r\n").into_bytes(), body].concat()
    }
}

/// The head without the blank line, and the body by its length.
async fn read_message(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        let mut part = [0; 4096];
        let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&part[..read]);
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
    });
    let mut body = bytes[end + 4..].to_vec();
    while body.len() < length.unwrap_or(0) {
        let mut part = [0; 4096];
        let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
        body.extend_from_slice(&part[..read]);
    }
    Some((head, body))
}

/// `state`, `parties`, `charge`…: a till's acts by their names, other requests by the last word of their path.
fn kind(head: &str, body: &[u8]) -> String {
    let path = head.split(' ').nth(1).unwrap();
    let word = path.split('?').next().unwrap().rsplit('/').next().unwrap();
    if word != "tills" {
        return word.to_owned();
    }
    let request: TillRequest = serde_json::from_slice(body).unwrap();
    let signed: Signed<MerchantRequest> = request.request.read().unwrap();
    match signed.dangerous_unverified().unwrap().act {
        MerchantAct::OrderCode { .. } => "order-code",
        MerchantAct::Charge { .. } => "charge",
        MerchantAct::Inquire { .. } => "inquire",
        MerchantAct::Reverse { .. } => "reverse",
        MerchantAct::Payments { .. } => "payments",
        MerchantAct::Refund { .. } => "refund",
        MerchantAct::Cancel { .. } => "cancel",
        MerchantAct::InquireRefund { .. } => "inquire-refund",
        MerchantAct::Serve { .. } => "serve",
        MerchantAct::Settlement { .. } => "settlement",
        MerchantAct::Wishes => "wishes",
    }
    .to_owned()
}

/// The bakery's number and its printed code.
fn renamed() -> Vec<u8> {
    let printed_code = merchants::printed_code(merchants::BAKERY).unwrap();
    let answer = RegisterAnswer { merchant: merchants::BAKERY.to_owned(), printed_code };
    message("200 OK", &serde_json::to_vec(&answer).unwrap())
}

fn refusal(code: &str) -> Vec<u8> {
    let body = format!(r#"{{"error":{{"code":"{code}","ko":"","en":"","rejection":null}}}}"#);
    message("409 Conflict", body.as_bytes())
}

/// The same answer with one letter of what is signed changed.
fn changed(answer: &[u8]) -> Vec<u8> {
    let mut bytes = word(answer).decode().unwrap();
    let middle = bytes.len() - 10;
    bytes[middle] ^= 1;
    said_again(&Bytes::new(&bytes))
}

fn word(answer: &[u8]) -> Bytes {
    let text = String::from_utf8(answer.to_vec()).unwrap();
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    serde_json::from_str::<TillResponse>(body).unwrap().answer
}

fn said_again(word: &Bytes) -> Vec<u8> {
    let response = TillResponse { answer: word.clone() };
    message("200 OK", &serde_json::to_vec(&response).unwrap())
}

fn message(status: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}
