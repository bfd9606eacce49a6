//! What an issuer calls what it issues, taken from one that the registry proves (CARD-30).

use crate::error::WalletError;
use crate::record::{self, ClaimName, NamesRow};
use crate::view::Names;
use crate::wallet::Wallet;
use citizen_openid4vc::vci;
use citizen_openid4vc::vci::metadata::ConfigurationMetadata;
use citizen_voting::manifest::Bilingual;

impl Wallet {
    /// The names of all types that were issued to her.
    pub(crate) fn names(&self) -> Result<Names, WalletError> {
        self.session().with(|open| Ok(Names::of(record::names(&*open.store)?)))
    }
}

/// What an issuer's metadata call a type.
pub(crate) fn names_of(vct: &str, said: &ConfigurationMetadata) -> NamesRow {
    let claim =
        |claim: &vci::ClaimNames| Some(ClaimName { path: claim.path.clone(), name: in_both(&claim.names)? });
    NamesRow {
        vct: vct.to_owned(),
        name: said.names.as_ref().and_then(in_both),
        claims: said.claims.iter().filter_map(claim).collect(),
    }
}

/// A name in Korean and English.
pub(super) fn in_both(names: &vci::Names) -> Option<Bilingual> {
    Some(Bilingual { ko: names.in_language("ko")?.clone(), en: names.in_language("en")?.clone() })
}
