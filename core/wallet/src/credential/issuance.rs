//! An issuance under way: from a code or a refresh token to credentials, as far as the issuer goes with it now. Keys are made in the key store, one for
//! each copy. Whatever the next step rests on is on the disk before it is taken; whoever comes back goes on from there (CARD-16).

use crate::asked_for;
use crate::credential::arrive::changed;
use crate::credential::batch::{CopyKey, copy_key};
use crate::credential::receive::{COPIES, of_signing};
use crate::credential::registry::Registered;
use crate::credential::web::{internal, of_issuance};
use crate::error::{Input, Party, Reason, WalletError};
use crate::place;
use crate::record::{self, CredentialRow, GrantLine, IssuanceRow, WantedLine, issuance_row};
use crate::view::CredentialView;
use crate::wallet::Wallet;
use citizen_jose::{Algorithm, Signer as _, SoftwareSigner, UnverifiedJwt};
use citizen_keys::{KeyAlias, KeystoreError, SigningReason, TokenKey};
use citizen_openid4vc::dpop::DpopKey;
use citizen_openid4vc::vci::{Acceptance, Flow, IssuanceError, IssuanceSession, Step};
use citizen_primitives::{Place, Seconds, random};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// What is put off for so long at most is waited for, so often; the rest comes with a later look.
const SHORT_WAIT: Seconds = Seconds::new(10);
const MOST_WAITS: u32 = 2;
/// The longest until a deferred credential is asked for again.
const LONGEST_WAIT: Seconds = Seconds::new(86_400);
/// How long a credential is not refilled after the issuer has refused it.
const REFUSED_FOR: Seconds = Seconds::new(86_400);

/// An issuance with its session.
pub(super) struct Run {
    pub(super) session: IssuanceSession,
    pub(super) row: IssuanceRow,
    pub(super) issuer: Registered,
    /// Keys for the credential that is asked for now, and from which on they are proved now.
    pub(super) keys: Vec<CopyKey>,
    proving: usize,
    /// Which credential that is, and whether its kept proofs were sent.
    current: Option<String>,
    is_repeated: bool,
    /// How much of what has come was taken in.
    pub(super) taken: usize,
    pub(super) received: Vec<CredentialRow>,
    /// Why one of the credentials did not come.
    pub(super) failed: Option<WalletError>,
}

impl Run {
    pub(super) fn new(
        session: IssuanceSession,
        row: IssuanceRow,
        issuer: Registered,
    ) -> Result<Self, WalletError> {
        let session = with_token_key(session, &row.token_key)?;
        Ok(Self {
            session,
            row,
            issuer,
            keys: Vec::new(),
            proving: 0,
            current: None,
            is_repeated: false,
            taken: 0,
            received: Vec::new(),
            failed: None,
        })
    }

    fn wanted(&mut self) -> Result<&mut WantedLine, WalletError> {
        let name = self.session.wanted().ok_or(internal("issuance-wanted"))?.to_owned();
        self.row.wanted(&name).ok_or(internal("issuance-row"))
    }
}

impl Wallet {
    /// Brings an issuance as far as the issuer goes with it now. What came is held, whatever becomes of the rest (CARD-20).
    pub(super) async fn run_issuance(&self, mut run: Run) -> Result<Vec<CredentialView>, WalletError> {
        self.clear_keys();
        if let Err(error) = self.ask_for_token(&mut run).await {
            let is_spent = error == WalletError::Refused { by: Party::Issuer, reason: Reason::GrantSpent };
            if is_spent || (run.row.grant.is_none() && !may_be_answered(&error)) {
                self.end_issuance(&run.row)?;
            }
            return Err(error);
        }
        self.collect(&mut run).await?;
        match run.failed {
            Some(error) => Err(error),
            None => run.received.iter().map(|row| self.credential_view(row)).collect(),
        }
    }

    /// A token, by the refresh token if there is one. The next one is on the disk before the token is used: the issuer gives the same answer until then.
    async fn ask_for_token(&self, run: &mut Run) -> Result<(), WalletError> {
        let now = self.session().now();
        let names = run.row.due(now);
        let rng = &mut *self.session().rng();
        match (&run.row.grant, &run.row.returned) {
            (Some(kept), _) => {
                let asked = run.session.take_up(&kept.grant(), &names, now, rng);
                asked.map_err(|error| of_issuance(&error))?;
            }
            (None, Some(returned)) => self.resume_returned(&mut run.session, returned)?,
            (None, None) => {
                let flow = Flow::PreAuthorized(run.row.code.clone().map(Zeroizing::new));
                let asked = run.session.accept(&Acceptance { configurations: names, flow }, now, rng);
                asked.map_err(|error| of_issuance(&error))?;
            }
        }
        while let (false, Step::Send(_)) = (run.session.has_token(), run.session.next()) {
            let answered = self.exchange(&mut run.session, place::SEND_GRANT).await?;
            answered.map_err(|error| of_issuance(&error))?;
        }
        let kept = run.session.grant().map(GrantLine::of);
        if kept.is_some() && kept != run.row.grant {
            (run.row.grant, run.row.code) = (kept, None);
            self.keep(place::GRANT_KEPT, &run.row)?;
        }
        Ok(())
    }

    /// Sends one request. The inner error is the session's.
    pub(super) async fn exchange(
        &self,
        session: &mut IssuanceSession,
        place: Place,
    ) -> Result<Result<(), IssuanceError>, WalletError> {
        let Step::Send(request) = session.next() else { return Err(internal("issuance-step")) };
        let answer = self.send_web(place, &request).await?;
        if answer.status >= 500 {
            // It says nothing of what was asked.
            return Err(WalletError::Refused { by: Party::Issuer, reason: Reason::Unavailable });
        }
        let now = self.session().now();
        Ok(session.answer(&answer, now, &mut *self.session().rng()))
    }

    /// From the token to the credentials: keys for every batch, proofs, waits. Each batch is taken in as it comes.
    async fn collect(&self, run: &mut Run) -> Result<(), WalletError> {
        let mut waits = 0;
        loop {
            self.take_in(run).await?;
            match run.session.next() {
                Step::Send(_) => match self.exchange(&mut run.session, place::SEND_KEY_PROOFS).await? {
                    Ok(()) => {}
                    // The token's time is over: there is another, at the next look.
                    Err(IssuanceError::Refused(word))
                        if word == "invalid_token" && run.row.grant.is_some() =>
                    {
                        return Ok(());
                    }
                    Err(error) => self.give_up(run, of_issuance(&error))?,
                },
                Step::Keys { algorithms, .. } if !algorithms.iter().any(|name| name == "ES256") => {
                    self.give_up(run, WalletError::Invalid { input: Input::OfferKind })?;
                }
                Step::Keys { most, .. } => self.prove(run, most)?,
                Step::Sign(inputs) => self.sign_proofs(run, &inputs)?,
                Step::Wait(seconds) => {
                    self.keep_waiting(run, seconds)?;
                    let now = self.session().now();
                    if seconds <= SHORT_WAIT && waits < MOST_WAITS {
                        waits += 1;
                        self.session().timer.sleep(Duration::from_secs(seconds.count())).await;
                        let now = self.session().now();
                        let renewed = run.session.renew(now, &mut *self.session().rng());
                        renewed.map_err(|error| of_issuance(&error))?;
                    } else {
                        let next = run.session.set_aside(now, &mut *self.session().rng());
                        next.map_err(|error| of_issuance(&error))?;
                    }
                }
                Step::Received(_) => return Ok(()),
                Step::Review(_) | Step::Browse(_) | Step::Done => return Err(internal("issuance-step")),
            }
        }
    }

    /// What was asked for before is asked for again; else fresh keys are made.
    fn prove(&self, run: &mut Run, most: usize) -> Result<(), WalletError> {
        let name = run.session.wanted().unwrap_or_default().to_owned();
        if run.row.wanted(&name).is_none() {
            // It has come before: a code that is redeemed again asks for all of what it was for.
            let next = run.session.set_aside(self.session().now(), &mut *self.session().rng());
            return next.map_err(|error| of_issuance(&error));
        }
        if run.current.as_ref() != Some(&name) {
            let reason = asked_for::receiving(&run.issuer.name());
            let wanted = run.wanted()?;
            let keys = self.kept_keys(&wanted.keys, &reason)?;
            // A key store that has lost a key makes its proof worthless: another one is proved.
            if !wanted.proofs.iter().all(|proof| is_of_one(proof, &keys)) {
                wanted.proofs.clear();
                wanted.transaction = None;
            }
            (run.keys, run.current, run.is_repeated) = (keys, Some(name), false);
        }
        let is_repeated = std::mem::replace(&mut run.is_repeated, true);
        let WantedLine { proofs, transaction, .. } = run.wanted()?.clone();
        let now = self.session().now();
        let rng = &mut *self.session().rng();
        let asked = match transaction {
            Some(transaction) if !is_repeated => run.session.ask_deferred(&proofs, &transaction, now, rng),
            None if !is_repeated && !proofs.is_empty() => run.session.repeat(proofs, now, rng),
            _ => {
                run.proving = run.keys.len();
                self.make_keys(run, most)?;
                let fresh = run.keys.iter().skip(run.proving).map(|key| key.signer.jwk()).collect();
                run.session.keys(fresh, now)
            }
        };
        asked.map_err(|error| of_issuance(&error))
    }

    /// The proofs of fresh keys, on the disk before they leave.
    fn sign_proofs(&self, run: &mut Run, inputs: &[Vec<u8>]) -> Result<(), WalletError> {
        let signers = run.keys.iter().skip(run.proving).map(|key| &key.signer);
        let signed = inputs.iter().zip(signers).map(|(input, signer)| signer.sign(input));
        let signatures: Vec<[u8; 64]> = signed.collect::<Result<_, _>>().map_err(of_signing)?;
        let now = self.session().now();
        let sent = run.session.sign(&signatures, now, &mut *self.session().rng());
        sent.map_err(|error| of_issuance(&error))?;
        let proofs = run.session.proofs().unwrap_or_default().to_vec();
        let wanted = run.wanted()?;
        (wanted.proofs, wanted.transaction) = (proofs, None);
        self.keep(place::KEY_PROOFS, &run.row)
    }

    /// **CARD-21** It takes a while: by which name the issuer knows it, and when it is asked again, outlives the app.
    fn keep_waiting(&self, run: &mut Run, seconds: Seconds) -> Result<(), WalletError> {
        let next = self.session().now().plus(seconds.min(LONGEST_WAIT));
        let transaction = run.session.transaction().map(str::to_owned);
        let wanted = run.wanted()?;
        (wanted.transaction, wanted.next) = (transaction, next);
        self.keep(place::ISSUANCE_WAITS, &run.row)
    }

    /// The issuer does not issue it, or not as it should: it is awaited no more, and the next one is asked for. A credential that is held stays as it is.
    fn give_up(&self, run: &mut Run, error: WalletError) -> Result<(), WalletError> {
        let name = run.wanted()?.configuration.clone();
        let next = run.session.set_aside(self.session().now(), &mut *self.session().rng());
        next.map_err(|error| of_issuance(&error))?;
        self.drop_wanted(run, &name, error)
    }

    pub(super) fn drop_wanted(
        &self,
        run: &mut Run,
        name: &str,
        error: WalletError,
    ) -> Result<(), WalletError> {
        run.failed.get_or_insert(error);
        let Some(wanted) = run.row.take(name) else { return Ok(()) };
        let later = self.session().now().plus(REFUSED_FOR);
        for held in run.row.held.iter_mut().filter(|held| Some(held.credential) == wanted.refills) {
            held.next = later;
        }
        self.without_keys(&run.row, wanted.keys)
    }

    /// An issuance that goes on no more: the issuer knows nothing of it. What has come of it stays.
    pub(super) fn end_issuance(&self, row: &IssuanceRow) -> Result<(), WalletError> {
        let keys = row.wanted.iter().flat_map(|wanted| wanted.keys.clone()).collect();
        let ended = IssuanceRow { wanted: Vec::new(), grant: None, ..row.clone() };
        self.without_keys(&ended, keys)
    }

    /// Writes what is left of an issuance, and deletes keys that are of no use.
    pub(super) fn without_keys(&self, row: &IssuanceRow, keys: Vec<KeyAlias>) -> Result<(), WalletError> {
        self.commit_unbinding(place::ISSUANCE_ENDED, changed(row), keys)?;
        self.clear_keys();
        Ok(())
    }

    /// Makes keys; that they are about to be made is on the disk before, so that none is left behind (CARD-3).
    fn make_keys(&self, run: &mut Run, most: usize) -> Result<(), WalletError> {
        let fresh: Vec<KeyAlias> =
            (0..most.min(COPIES)).map(|_| self.fresh_alias()).collect::<Result<_, _>>()?;
        run.wanted()?.keys.extend(fresh.iter().cloned());
        self.keep(place::COPY_KEYS, &run.row)?;
        let reason = asked_for::receiving(&run.issuer.name());
        for alias in fresh {
            let key = TokenKey::create(Arc::clone(&self.session().keystore), &alias)?;
            run.keys.push(copy_key(alias, key.asking_for(reason.clone()))?);
        }
        Ok(())
    }

    fn fresh_alias(&self) -> Result<KeyAlias, WalletError> {
        let name: [u8; 16] = random::generate_array(&mut *self.session().rng());
        let name = u128::from_be_bytes(name);
        KeyAlias::new(&format!("card-{name:032x}")).map_err(|_| internal("alias"))
    }

    /// The keys that were made for it.
    fn kept_keys(&self, told: &[KeyAlias], reason: &SigningReason) -> Result<Vec<CopyKey>, WalletError> {
        let mut keys = Vec::new();
        for alias in told {
            match TokenKey::open(Arc::clone(&self.session().keystore), alias) {
                Ok(key) => keys.push(copy_key(alias.clone(), key.asking_for(reason.clone()))?),
                // It was told and not made.
                Err(KeystoreError::Missing) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(keys)
    }

    fn keep(&self, place: Place, row: &IssuanceRow) -> Result<(), WalletError> {
        self.session().commit(place, record::put(issuance_row(&row.id), row))
    }
}

/// Tokens of the session are bound to this key.
pub(super) fn with_token_key(
    session: IssuanceSession,
    key: &[u8; 32],
) -> Result<IssuanceSession, WalletError> {
    let key = SoftwareSigner::from_bytes(Algorithm::Es256, key).map_err(|_| internal("token-key"))?;
    Ok(session.with_token_key(DpopKey::new(key)))
}

/// Whether a proof is one of these keys'.
fn is_of_one(proof: &str, keys: &[CopyKey]) -> bool {
    let proof = UnverifiedJwt::parse(proof).ok();
    let of = proof.and_then(|proof| Some(proof.header().jwk.as_ref()?.thumbprint()));
    of.is_some_and(|of| keys.iter().any(|key| key.signer.jwk().thumbprint() == of))
}

/// Whether the issuer may still answer what it was asked.
pub(super) const fn may_be_answered(error: &WalletError) -> bool {
    matches!(
        error,
        WalletError::Offline { .. }
            | WalletError::Stale { .. }
            | WalletError::ClockWrong { .. }
            | WalletError::Cancelled
            | WalletError::Locked
            // What waits for somebody; an account that stands still for now.
            | WalletError::Refused { by: Party::Issuer, reason: Reason::Unavailable }
            | WalletError::Refused { by: Party::Ledger, .. }
    )
}
