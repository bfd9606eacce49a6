//! A batch as it comes from an issuer: the same credential several times, with nothing by which two copies could be matched (CARD-4).

use crate::credential::copies::CheckedCopy;
use crate::credential::registry::Registered;
use crate::credential::{may_see, web::internal};
use crate::error::{Party, Subject, WalletError, mapping};
use crate::id::CredentialId;
use crate::record::{CredentialCopy, CredentialRow, StatusPlace};
use citizen_jose::HardwareSigner;
use citizen_jose::Signer as _;
use citizen_keys::KeyAlias;
use citizen_ledger::CertificateRecord;
use citizen_openid4vc::vci::Issued;
use citizen_primitives::UnixTime;
use citizen_primitives::order::set_of;
use std::collections::BTreeSet;

/// A key that was made for a copy.
pub(super) struct CopyKey {
    pub(super) alias: KeyAlias,
    pub(super) signer: HardwareSigner,
}

/// From whom a batch came, and as what.
pub(super) struct Origin<'a> {
    pub(super) issuer: &'a str,
    pub(super) registered: &'a Registered,
    /// The type that the issuer's metadata have for it.
    pub(super) vct: Option<&'a str>,
    pub(super) now: UnixTime,
}

/// Checks all copies; refused as a whole if one is not what it should be.
pub(super) fn check_batch(
    id: CredentialId,
    issued: &Issued,
    keys: &[CopyKey],
    origin: &Origin<'_>,
) -> Result<CredentialRow, WalletError> {
    let wrong = || mapping::unverified(Subject::Credential, Party::Issuer);
    let certificate = origin.registered.thumbprint();
    let check = |token: &String| CheckedCopy::of(token, &certificate, origin.now);
    let checked: Vec<CheckedCopy> = issued.credentials.iter().map(check).collect::<Result<_, _>>()?;
    let first = checked.first().ok_or_else(wrong)?;
    let vct = first.credential.vct().to_owned();
    // CARD-1: what the registry does not let it issue is not its word.
    let is_granted = is_granted(origin.registered.record.value(), first);
    if !is_granted || origin.vct.is_some_and(|said| said != vct) || !are_alike(&checked) {
        return Err(wrong());
    }
    if !share_nothing(&issued.credentials, &checked) {
        return Err(wrong());
    }
    let copies = issued.credentials.iter().zip(&checked);
    let copies = copies.map(|(token, copy)| stored(token, copy, keys)).collect::<Option<Vec<_>>>();
    Ok(CredentialRow {
        id,
        issuer: origin.issuer.to_owned(),
        configuration: issued.configuration.clone(),
        vct,
        certificate,
        proof: origin.registered.proof.clone(),
        received: origin.now,
        expires: checked.iter().filter_map(|copy| copy.credential.expires()).min(),
        copies: copies.ok_or_else(wrong)?,
        status: None,
    })
}

/// Makes the signer of a key that was just made.
pub(super) fn copy_key(alias: KeyAlias, key: citizen_keys::TokenKey) -> Result<CopyKey, WalletError> {
    let signer = HardwareSigner::new(key).map_err(|_| internal("copy-key"))?;
    Ok(CopyKey { alias, signer })
}

/// Every type that it says it has, also by another name, and everything that it says of its holder.
fn is_granted(record: &CertificateRecord, copy: &CheckedCopy) -> bool {
    let credential = &copy.credential;
    let statements = credential.statements();
    credential.types().into_iter().all(|vct| record.covers(vct))
        && statements.iter().all(|path| may_see(record, credential.vct(), path))
}

/// CARD-4: a refill has nothing in common with the copies that it replaces: some of them were shown.
pub(super) fn check_refill(old: &CredentialRow, new: &CredentialRow) -> Result<(), WalletError> {
    let (mut tokens, mut copies) = (Vec::new(), Vec::new());
    for row in [old, new] {
        for copy in &row.copies {
            copies.push(CheckedCopy::of(&copy.token, &row.certificate, row.received)?);
            tokens.push(copy.token.clone());
        }
    }
    let is_unlike = share_nothing(&tokens, &copies);
    if is_unlike { Ok(()) } else { Err(mapping::unverified(Subject::Credential, Party::Issuer)) }
}

/// The same content, open and hidden alike; the same times, or a time would be a name.
fn are_alike(copies: &[CheckedCopy]) -> bool {
    let Some((first, others)) = copies.split_first() else { return false };
    let times =
        |copy: &CheckedCopy| ["iat", "nbf", "exp"].map(|name| copy.held.verified().claim(name).cloned());
    let paths = |copy: &CheckedCopy| set_of(copy.held.disclosable().cloned());
    others.iter().all(|other| {
        other.content() == first.content() && times(other) == times(first) && paths(other) == paths(first)
    })
}

/// No two copies have a disclosure, a holder's key, an identifier or a status' place in common.
fn share_nothing(tokens: &[String], copies: &[CheckedCopy]) -> bool {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    tokens.iter().zip(copies).all(|(token, copy)| {
        let own = set_of(token.split('~').skip(1).filter(|part| !part.is_empty()).map(str::to_owned));
        let key = copy.holder_key().map(|key| key.thumbprint().to_string());
        let status = copy.held.verified().claim("status").map(ToString::to_string);
        let identifier = copy.held.verified().claim("jti").map(ToString::to_string);
        own.into_iter().chain(key).chain(status).chain(identifier).all(|part| seen.insert(part))
    })
}

/// CARD-3: a copy is bound to a key that was made for it, in this phone.
fn stored(token: &str, copy: &CheckedCopy, keys: &[CopyKey]) -> Option<CredentialCopy> {
    let bound = copy.holder_key()?.thumbprint();
    let key = keys.iter().find(|key| key.signer.jwk().thumbprint() == bound)?;
    let status = copy.credential.status().map(|status| {
        let index = u64::try_from(status.index()).ok()?;
        Some(StatusPlace { uri: status.uri().to_owned(), index })
    });
    let status = match status {
        Some(place) => Some(place?),
        None => None,
    };
    Some(CredentialCopy { alias: key.alias.clone(), token: token.to_owned(), status, used: None })
}
