//! Credentials out: an index for each copy is on the disk before the copy leaves (ISSUER-3), and an order that comes again gets the same
//! copies (ISSUER-6).

use super::record::{
    BATCHES, Batch, COPIES, Examination, HELD, HOSPITAL, Held, Issued, LISTS, List, StatusPlace, holder,
};
use super::{CredentialKind, Issuer, register};
use crate::db::{DbError, Rows as _, Writer};
use crate::error::ServiceError;
use crate::places;
use crate::seeded::Seeded;
use citizen_client::authorised::VOTER;
use citizen_credential::path::ClaimPath;
use citizen_credential::sd_jwt::{Kind, SdJwtIssuer};
use citizen_credential::status::StatusReference;
use citizen_credential::vc;
use citizen_jose::Jwk;
use citizen_openid4vc::http::HttpResponse;
use citizen_openid4vc::vci::{self, Checked, CredentialCall, IssueOrder, Turn};
use citizen_primitives::random::{CryptoRng, generate_array};
use citizen_primitives::{Seconds, Text, UnixTime};
use serde_json::{Map, Value};

/// How long a copy counts. The wallet fetches others before it is over, by its refresh token (ISSUER-13).
pub(super) const COPY_LIFE: Seconds = Seconds::new(90 * 24 * 60 * 60);
/// The most copies of one credential that a resident gets in a day: lists are finite.
pub(super) const MOST_A_DAY: usize = 64;
/// How long a wallet waits before it asks for a deferred credential again.
const INTERVAL: Seconds = Seconds::new(5);

/// What a credential is, and what it says.
type Said = (CredentialKind, Map<String, Value>);

/// What comes of a request.
enum Made {
    Answer(HttpResponse),
    Copies(IssueOrder, Batch),
}

impl Issuer {
    pub(super) fn credential(&self, request: &Checked<'_>) -> Result<HttpResponse, ServiceError> {
        let made = self.turn(places::ISSUER_COPIES, |turn, writer| {
            let order = match self.open.credential(request, turn) {
                CredentialCall::Answer(answer) => return Ok(Made::Answer(answer)),
                CredentialCall::Issue(order) => order,
            };
            if self.waits_for_hospital(writer, &order, turn.now)? {
                return Ok(Made::Answer(self.open.defer(&order, INTERVAL, turn)));
            }
            self.reserve(writer, order, turn)
        })?;
        self.answer(made)
    }

    pub(super) fn deferred(&self, request: &Checked<'_>) -> Result<HttpResponse, ServiceError> {
        let made = self.turn(places::ISSUER_COPIES, |turn, writer| {
            let now = turn.now;
            let waits = |order: &IssueOrder| self.waits_for_hospital(writer, order, now);
            let is_ready = |order: &IssueOrder| waits(order).is_ok_and(|waits| !waits);
            match self.open.deferred(request, &is_ready, turn) {
                CredentialCall::Answer(answer) => Ok(Made::Answer(answer)),
                CredentialCall::Issue(order) => self.reserve(writer, order, turn),
            }
        })?;
        self.answer(made)
    }

    /// What was asked of the hospital comes; says how much did.
    pub(super) fn hear_from_hospital(&self) -> Result<u32, ServiceError> {
        let waits = |rows: Vec<(Vec<u8>, Examination)>| rows.into_iter().filter(|(_, one)| !one.has_come);
        let asked: Vec<_> =
            self.party.db().read(|rows| Ok::<_, ServiceError>(waits(rows.all(HOSPITAL)?).collect()))?;
        if asked.is_empty() {
            return Ok(0);
        }
        self.party.db().commit(places::ISSUER_HOSPITAL, |writer| {
            for (key, one) in &asked {
                writer.put(HOSPITAL, key, &Examination { has_come: true, ..*one })?;
            }
            Ok(u32::try_from(asked.len()).unwrap_or(u32::MAX))
        })
    }

    /// Whether the hospital must say something first; it is asked in the same commit.
    fn waits_for_hospital(
        &self,
        writer: &Writer<'_>,
        order: &IssueOrder,
        now: UnixTime,
    ) -> Result<bool, ServiceError> {
        let kind = CredentialKind::of_name(&order.configuration);
        if !kind.is_some_and(CredentialKind::is_deferred) || has_come(writer, order)? {
            return Ok(false);
        }
        let key = holder(&order.subject);
        if writer.bytes(HOSPITAL, key.as_bytes())?.is_none() {
            writer.put(HOSPITAL, key.as_bytes(), &Examination { asked: now, has_come: false })?;
        }
        Ok(true)
    }

    /// Signs the copies of a batch, with what the register said on its day: the same batch gives the same copies, after midnight too.
    fn answer(&self, made: Made) -> Result<HttpResponse, ServiceError> {
        let (order, batch) = match made {
            Made::Answer(answer) => return Ok(answer),
            Made::Copies(order, batch) => (order, batch),
        };
        let Some((kind, claims)) = self.claims(&order, batch.day)? else {
            return Ok(vci::Issuer::deny());
        };
        let rng = &mut Seeded::new(batch.seed);
        let places = batch.places.iter().map(|(list, index)| StatusPlace { list: *list, index: *index });
        let times = (batch.day, batch.until);
        let copies = order.keys.iter().zip(places);
        let signed: Result<Vec<String>, ServiceError> =
            copies.map(|copy| self.sign_copy(&claims, kind, copy, times, rng)).collect();
        Ok(self.open.issued(&order, &signed?))
    }

    fn claims(&self, order: &IssueOrder, now: UnixTime) -> Result<Option<Said>, ServiceError> {
        let today = register::day(now).ok_or(ServiceError::Unavailable)?;
        let kind = CredentialKind::of_name(&order.configuration);
        let found = kind.zip(self.register.find(&order.subject));
        let said =
            found.and_then(|(kind, resident)| Some((kind, kind.claims(resident, &self.rules, today)?)));
        Ok(said.map(|(kind, mut claims)| {
            let voters = self.voters.as_ref().filter(|_| kind == CredentialKind::CitizenCard);
            claims.extend(voters.map(|voters| (VOTER.to_owned(), voters.of(&order.subject).to_hex().into())));
            (kind, claims)
        }))
    }

    /// Random indexes, one for each copy, in the commit in which the order is known to be open. An order that comes again has the same. No
    /// copies if she has had too many today.
    fn reserve(
        &self,
        writer: &Writer<'_>,
        order: IssueOrder,
        turn: &mut Turn<'_>,
    ) -> Result<Made, ServiceError> {
        if let Some(batch) = writer.find::<Batch>(BATCHES, &order.id)? {
            return Ok(Made::Copies(order, batch));
        }
        let denied = || Ok(Made::Answer(vci::Issuer::deny()));
        if self.claims(&order, turn.now)?.is_none() {
            return denied();
        }
        // Times are cut to the day: the second of issuance would be the same in all copies, and in no other's.
        let day = turn.now.day_in_seoul().start();
        let text = |text: &str| Text::new(text).map_err(|_| ServiceError::Malformed);
        let (resident, kind) = (text(&order.subject)?, text(&order.configuration)?);
        let owner = holder(&order.subject);
        let held: Vec<(Vec<u8>, Held)> = writer.under(HELD, owner.as_bytes())?;
        let today = held.iter().filter(|(_, held)| held.on == day && held.kind == kind).count();
        if today.saturating_add(order.keys.len()) > MOST_A_DAY {
            return denied();
        }
        let until = day.plus(COPY_LIFE);
        let issued = Issued { resident, kind: kind.clone(), until };
        let mut places = Vec::new();
        // All of one list: who sees two of her copies sees no more than that.
        let list = self.open_list(writer, order.keys.len())?;
        for _ in &order.keys {
            let place = self.free_place(writer, list, turn.rng)?;
            writer.put(COPIES, &place.key(), &issued)?;
            let key = [owner.as_bytes().as_slice(), &place.key()].concat();
            writer.put(HELD, &key, &Held { kind: kind.clone(), on: day })?;
            places.push((place.list, place.index));
        }
        let batch = Batch { places, day, until, seed: generate_array(turn.rng), over: order.until };
        writer.put(BATCHES, &order.id, &batch)?;
        // ISSUER-14
        self.open.ends_older(&order, turn);
        Ok(Made::Copies(order, batch))
    }

    /// The first list with room for so many.
    fn open_list(&self, writer: &Writer<'_>, copies: usize) -> Result<u32, DbError> {
        let half = self.capacity / 2;
        let copies = u32::try_from(copies).unwrap_or(half).min(half);
        let mut list = 0u32;
        loop {
            let state: List = writer.find(LISTS, &list.to_be_bytes())?.unwrap_or_default();
            if state.taken.saturating_add(copies) <= half {
                return Ok(list);
            }
            list = list.saturating_add(1);
        }
    }

    /// An index that was never given, drawn at random: in a list that is about half full, a few draws find one.
    fn free_place(
        &self,
        writer: &Writer<'_>,
        list: u32,
        rng: &mut dyn CryptoRng,
    ) -> Result<StatusPlace, DbError> {
        let mut state: List = writer.find(LISTS, &list.to_be_bytes())?.unwrap_or_default();
        let place = loop {
            let index = u32::from_be_bytes(generate_array(rng)) & self.capacity.saturating_sub(1);
            let place = StatusPlace { list, index };
            if !Self::is_taken(writer, place)? {
                break place;
            }
        };
        state.taken = state.taken.saturating_add(1);
        writer.put(LISTS, &list.to_be_bytes(), &state)?;
        Ok(place)
    }

    /// One copy: bound to its key, with its own salts and its own status.
    fn sign_copy(
        &self,
        claims: &Map<String, Value>,
        kind: CredentialKind,
        (key, place): (&Jwk, StatusPlace),
        (day, until): (UnixTime, UnixTime),
        rng: &mut Seeded,
    ) -> Result<String, ServiceError> {
        let mut hidden = Vec::new();
        for (name, value) in claims {
            hidden.push(ClaimPath::root().name(name));
            let members = value.as_object().into_iter().flat_map(Map::keys);
            hidden.extend(members.map(|inner| ClaimPath::root().name(name).name(inner)));
            let elements = 0..value.as_array().map_or(0, Vec::len);
            hidden.extend(elements.map(|index| ClaimPath::root().name(name).index(index)));
        }
        let index = usize::try_from(place.index).map_err(|_| ServiceError::Unavailable)?;
        let status = StatusReference::new(index, self.list_uri(place.list));
        let mut open = claims.clone();
        open.insert("iss".to_owned(), self.certified.base().as_str().into());
        let vct = kind.vct(Some(self.certified.base())).ok_or(ServiceError::Unavailable)?;
        open.insert("vct".to_owned(), vct.into());
        open.extend(self.integrity(kind).map(|digest| ("vct#integrity".to_owned(), digest.into())));
        open.insert("nbf".to_owned(), day.seconds().into());
        open.insert("exp".to_owned(), until.seconds().into());
        open.insert("status".to_owned(), status.to_claim());
        let plan = SdJwtIssuer::new(open, Kind::Credential).map_err(|_| ServiceError::Unavailable)?;
        let plan = plan.holder(key).conceal(hidden).map_err(|_| ServiceError::Unavailable)?;
        let header = self.certified.header().with_typ(vc::TYPE);
        let issued = plan.issue(&header, self.certified.signer(), rng);
        Ok(issued.map_err(|_| ServiceError::Unavailable)?.to_compact())
    }
}

/// Whether the hospital has said what an order waits for.
fn has_come(writer: &Writer<'_>, order: &IssueOrder) -> Result<bool, DbError> {
    let said: Option<Examination> = writer.find(HOSPITAL, holder(&order.subject).as_bytes())?;
    Ok(said.is_some_and(|said| said.has_come))
}
