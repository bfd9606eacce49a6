//! A batch as it comes from an issuer: the same credential several times, with nothing by which two copies could be matched (CARD-4).

use crate::credential::alike::{are_alike, is_nobodys_mark, share_nothing};
use crate::credential::copies::{CheckedCopy, signed_by};
use crate::credential::registry::Registered;
use crate::credential::{may_see, web::internal};
use crate::error::{Party, Subject, WalletError, mapping};
use crate::id::CredentialId;
use crate::record::{Added, CredentialCopy, CredentialRow, StatusPlace};
use citizen_jose::HardwareSigner;
use citizen_jose::Signer as _;
use citizen_keys::KeyAlias;
use citizen_ledger::CertificateRecord;
use citizen_openid4vc::http::Reach;
use citizen_openid4vc::vci::Issued;
use citizen_primitives::UnixTime;

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
    /// Which addresses it may have.
    pub(super) reach: Reach,
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
    let token = issued.credentials.first().ok_or_else(wrong)?;
    let signer = origin.registered.signer_of(token).ok_or_else(wrong)?;
    let by = signed_by(&certificate, signer.as_ref());
    let check = |token: &String| CheckedCopy::of(token, by, origin.now);
    let checked: Vec<CheckedCopy> = issued.credentials.iter().map(check).collect::<Result<_, _>>()?;
    let first = checked.first().ok_or_else(wrong)?;
    let vct = first.credential.vct().to_owned();
    // CARD-1: what the registry does not let it issue is not its word.
    let is_granted = is_granted(origin.registered.record.value(), first);
    if !is_granted || origin.vct.is_some_and(|said| said != vct) || !are_alike(&checked) {
        return Err(wrong());
    }
    let is_marked = |copy: &CheckedCopy| !is_nobodys_mark(copy, origin.issuer, origin.reach);
    if checked.iter().any(is_marked) || !share_nothing(&issued.credentials, &checked) {
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
        signer: Added(signer),
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
            copies.push(row.check(&copy.token)?);
            tokens.push(copy.token.clone());
        }
    }
    let is_unlike = share_nothing(&tokens, &copies);
    if is_unlike { Ok(()) } else { Err(mapping::unverified(Subject::Credential, Party::Issuer)) }
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
