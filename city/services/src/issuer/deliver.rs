//! Credentials out: an index for each copy is on the disk before the copy leaves (ISSUER-3).

use super::record::{COPIES, HELD, Held, Issued, LISTS, List, StatusPlace, holder};
use super::{CredentialKind, Issuer, register};
use crate::db::{DbError, Rows as _, Writer};
use crate::error::ServiceError;
use crate::places;
use crate::seeded::Seeded;
use citizen_credential::path::ClaimPath;
use citizen_credential::sd_jwt::{Kind, SdJwtIssuer};
use citizen_credential::status::StatusReference;
use citizen_credential::vc;
use citizen_jose::Jwk;
use citizen_openid4vc::http::HttpResponse;
use citizen_openid4vc::vci::{self, CredentialCall, Incoming, IssueOrder};
use citizen_primitives::random::generate_array;
use citizen_primitives::{Seconds, Text, UnixTime};
use serde_json::{Map, Value};

/// How long a copy counts. The wallet fetches others before it is over.
const COPY_LIFE: Seconds = Seconds::new(90 * 24 * 60 * 60);
/// The most copies of one credential that a resident gets in a day: lists are finite.
pub(super) const MOST_A_DAY: usize = 64;
/// How long a wallet waits before it asks for a deferred credential again.
const INTERVAL: Seconds = Seconds::new(5);

impl Issuer {
    pub(super) fn credential(&self, incoming: &Incoming<'_>) -> Result<HttpResponse, ServiceError> {
        let (now, rng) = (self.party.now(), &mut Seeded::new(self.party.random()));
        let call = self.open().credential(incoming, now, rng);
        let order = match call {
            CredentialCall::Answer(answer) => return Ok(answer),
            CredentialCall::Issue(order) => order,
        };
        let takes_a_while =
            CredentialKind::of_name(&order.configuration).is_some_and(CredentialKind::is_deferred);
        if takes_a_while && !self.hospital().come.contains(&order.subject) {
            self.hospital().asked.insert(order.subject.clone());
            return Ok(self.open().defer(order, INTERVAL, rng));
        }
        self.issue(&order)
    }

    pub(super) fn deferred(&self, incoming: &Incoming<'_>) -> Result<HttpResponse, ServiceError> {
        let (now, rng) = (self.party.now(), &mut Seeded::new(self.party.random()));
        let come = self.hospital().come.clone();
        let is_ready = |order: &IssueOrder| come.contains(&order.subject);
        let call = self.open().deferred(incoming, &is_ready, now, rng);
        match call {
            CredentialCall::Answer(answer) => Ok(answer),
            CredentialCall::Issue(order) => self.issue(&order),
        }
    }

    /// What was asked of the hospital comes; says how much did.
    pub(super) fn hear_from_hospital(&self) -> u32 {
        let mut hospital = self.hospital();
        let asked = std::mem::take(&mut hospital.asked);
        let count = u32::try_from(asked.len()).unwrap_or(u32::MAX);
        hospital.come.extend(asked);
        count
    }

    /// The register is asked again: what was offered may have ended.
    fn issue(&self, order: &IssueOrder) -> Result<HttpResponse, ServiceError> {
        let today = register::day(self.party.now()).ok_or(ServiceError::Unavailable)?;
        let kind = CredentialKind::of_name(&order.configuration);
        let found = kind.zip(self.register.find(&order.subject));
        let claims =
            found.and_then(|(kind, resident)| Some((kind, kind.claims(resident, &self.rules, today)?)));
        let Some((kind, claims)) = claims else { return Ok(vci::Issuer::deny()) };
        // Times are cut to the day: the second of issuance would be the same in all copies, and in no other's.
        let day = self.party.now().day_in_seoul().start();
        let until = day.plus(COPY_LIFE);
        let Some(places) = self.reserve(&order.subject, kind, order.keys.len(), (day, until))? else {
            return Ok(vci::Issuer::deny());
        };
        let copies = order.keys.iter().zip(places);
        let signed: Result<Vec<String>, ServiceError> =
            copies.map(|(key, place)| self.sign_copy(&claims, kind, (key, place), (day, until))).collect();
        let rng = &mut Seeded::new(self.party.random());
        Ok(self.open().issued(order, &signed?, rng))
    }

    /// Random indexes, one for each copy, on the disk when this returns. `None` if she has had too many today.
    fn reserve(
        &self,
        resident: &str,
        kind: CredentialKind,
        count: usize,
        (day, until): (UnixTime, UnixTime),
    ) -> Result<Option<Vec<StatusPlace>>, ServiceError> {
        let text = |text: &str| Text::new(text).map_err(|_| ServiceError::Malformed);
        let issued = Issued { resident: text(resident)?, kind: text(kind.name())?, until };
        let owner = holder(resident);
        let rng = &mut Seeded::new(self.party.random());
        self.party.db().commit(places::ISSUER_COPIES, |writer| {
            let held: Vec<(Vec<u8>, Held)> = writer.under(HELD, owner.as_bytes())?;
            let today = held.iter().filter(|(_, held)| held.on == day && held.kind == issued.kind).count();
            if today.saturating_add(count) > MOST_A_DAY {
                return Ok(None);
            }
            let mut places = Vec::new();
            for _ in 0..count {
                let place = self.free_place(writer, rng)?;
                writer.put(COPIES, &place.key(), &issued)?;
                let key = [owner.as_bytes().as_slice(), &place.key()].concat();
                writer.put(HELD, &key, &Held { kind: issued.kind.clone(), on: day })?;
                places.push(place);
            }
            Ok(Some(places))
        })
    }

    /// An index that was never given, drawn at random: in a list that is at most half full, a few draws find one.
    fn free_place(&self, writer: &Writer<'_>, rng: &mut Seeded) -> Result<StatusPlace, DbError> {
        let mut list = 0u32;
        let mut state: List = loop {
            let state: List = writer.find(LISTS, &list.to_be_bytes())?.unwrap_or_default();
            if state.taken < self.capacity / 2 {
                break state;
            }
            list = list.saturating_add(1);
        };
        let place = loop {
            let index = u32::from_be_bytes(generate_array(rng)) & self.capacity.saturating_sub(1);
            let place = StatusPlace { list, index };
            if writer.bytes(COPIES, &place.key())?.is_none() {
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
        open.insert("vct".to_owned(), kind.vct().into());
        open.insert("nbf".to_owned(), day.seconds().into());
        open.insert("exp".to_owned(), until.seconds().into());
        open.insert("status".to_owned(), status.to_claim());
        let plan = SdJwtIssuer::new(open, Kind::Credential).map_err(|_| ServiceError::Unavailable)?;
        let plan = plan.holder(key).conceal(hidden).map_err(|_| ServiceError::Unavailable)?;
        let header = self.certified.header().with_typ(vc::TYPE);
        let rng = &mut Seeded::new(self.party.random());
        let issued = plan.issue(&header, self.certified.signer(), rng);
        Ok(issued.map_err(|_| ServiceError::Unavailable)?.to_compact())
    }
}
