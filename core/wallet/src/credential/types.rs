//! What a type says of itself (SD-JWT VC, 4 to 6): where it is an address, its description is fetched from there (CARD-52). It names claims, and says
//! which have to be there and which the citizen may hide. Without it the issuer's own names do.

use crate::credential::names::in_both;
use crate::error::{Party, Subject, WalletError, mapping};
use crate::place;
use crate::record::{self, ClaimName, CredentialRow, NamesRow, TypeRow, names_row, type_row};
use crate::wallet::Wallet;
use citizen_credential::sd_jwt::UnverifiedSdJwt;
use citizen_credential::vc::{ClaimMetadata, TypeMetadata, check_integrity};
use citizen_jose::json;
use citizen_openid4vc::http::{Endpoint, HttpRequest, JSON};
use citizen_openid4vc::vci;
use citizen_primitives::Seconds;
use citizen_store::ChangeSet;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// So many types may stand behind one another.
const LONGEST_CHAIN: usize = 8;
/// The most bytes of a description.
const LARGEST: usize = 64 * 1024;
/// How long a description that nobody has pinned is not asked for again.
const FRESH: Seconds = Seconds::new(7 * 86_400);

/// The description of a type, with those of the types that it extends.
pub(super) struct Described {
    metadata: TypeMetadata,
    documents: BTreeMap<String, TypeRow>,
}

impl Wallet {
    /// **CARD-52** What a type says of itself, for a credential that came: by `https`, over the transport of issuers, or as it was fetched before. A
    /// description whose digest is not the one that the credential gives, or what extends it, is not used, and neither is one that cannot be had.
    pub(super) async fn describe(&self, vct: &str, token: &str) -> Result<Option<Described>, WalletError> {
        let integrity = UnverifiedSdJwt::parse_compact(token).ok().and_then(|token| {
            let said = token.payload_unverified().ok()?.get("vct#integrity")?.as_str()?.to_owned();
            Some(said)
        });
        let mut documents = BTreeMap::new();
        let mut next = Some((vct.to_owned(), integrity.clone()));
        while let (Some((name, pinned)), true) = (next.take(), documents.len() < LONGEST_CHAIN) {
            let Some(row) = self.description(&name, pinned.as_deref()).await? else { return Ok(None) };
            let said = json::parse_object(&row.document).unwrap_or_default();
            let text = |member: &str| said.get(member).and_then(Value::as_str).map(str::to_owned);
            let above = text("extends").map(|parent| (parent, text("extends#integrity")));
            documents.insert(name, row);
            next = above.filter(|(parent, _)| !documents.contains_key(parent));
        }
        let fetch = |name: &str| documents.get(name).map(|row| row.document.clone());
        match TypeMetadata::load(vct, integrity.as_deref(), &fetch) {
            Ok(metadata) => Ok(Some(Described { metadata, documents })),
            Err(error) => {
                tracing::info!(%error, "the description of a type is not used");
                Ok(None)
            }
        }
    }

    /// One description: the kept one if it is pinned and still that, or young; else from its address.
    async fn description(&self, name: &str, pinned: Option<&str>) -> Result<Option<TypeRow>, WalletError> {
        let now = self.session().now();
        let kept = self.session().load::<TypeRow>(&type_row(name))?.filter(|kept| match pinned {
            Some(pinned) => check_integrity(&kept.document, pinned).is_ok(),
            None => now.since(kept.fetched) < FRESH,
        });
        if kept.is_some() {
            return Ok(kept);
        }
        let Ok(address) = Endpoint::parse(name, self.web_reach()) else { return Ok(None) };
        // Whatever keeps it away, the credential is there.
        let answer = self.send_web(place::ASK_TYPE, &HttpRequest::get(&address, JSON)).await.ok();
        let answer = answer.filter(|answer| answer.is_success() && answer.body.len() <= LARGEST);
        Ok(answer.map(|answer| TypeRow { document: answer.body, fetched: now }))
    }
}

impl Described {
    /// **CARD-52** A credential is as its type demands: what must be there is, and the citizen can hide what she may hide (VC-7).
    pub(super) fn must_fit(&self, row: &CredentialRow) -> Result<(), WalletError> {
        let fits = self.metadata.check_whole(&row.sample()?.credential);
        fits.map_err(|_| mapping::unverified(Subject::Credential, Party::Issuer))
    }

    /// What is kept of it: the documents, and the names that it gives, before those that the issuer gave.
    pub(super) fn changes(&self, known: Option<NamesRow>) -> ChangeSet {
        let vct = self.metadata.vct();
        let (name, others) = known.map_or((None, Vec::new()), |known| (known.name, known.claims));
        let own = self.metadata.display().and_then(|display| names(display, "name"));
        let mut claims: Vec<ClaimName> = self.metadata.claims().iter().filter_map(claim).collect();
        let is_new: Vec<_> =
            others.into_iter().filter(|other| claims.iter().all(|claim| claim.path != other.path)).collect();
        claims.extend(is_new);
        let name = own.as_ref().and_then(in_both).or(name);
        let row = NamesRow { vct: vct.to_owned(), name, claims };
        self.documents.iter().fold(record::put(names_row(vct), &row), |changes, (name, document)| {
            changes.and(record::put(type_row(name), document))
        })
    }
}

fn claim(said: &ClaimMetadata) -> Option<ClaimName> {
    let path = said.names().into_iter().map(|name| name.map(str::to_owned)).collect();
    Some(ClaimName { path, name: in_both(&names(said.display()?, "label")?)? })
}

/// The names of a `display`: `locale`, and `label` for claims or `name` for types (SD-JWT VC, 4.5 and 4.6.2). Drafts before had `lang`, and `name` for both.
fn names(display: &Value, called: &str) -> Option<vci::Names> {
    let one = |one: &Value| {
        let member = |name: &str, before: &str| one.get(name).or_else(|| one.get(before)).cloned();
        let parts = [("name", member(called, "name")), ("locale", member("locale", "lang"))];
        let there = parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(Map::from_iter(there))
    };
    vci::Names::from_value(&Value::Array(display.as_array()?.iter().map(one).collect()))
}
