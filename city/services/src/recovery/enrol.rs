//! Who may ask for an account: said once, by the phone that has it, while nobody has lost anything.

use super::RecoveryOfficer;
use super::record::{ACCOUNTS, AccountOf, ENROLLED, Enrolled};
use crate::db::Rows as _;
use crate::device;
use crate::error::{Reason, ServiceError};
use crate::places;
use citizen_client::api::{Bytes, EnrolmentAnswer, Identity, SignedRequest};
use citizen_client::recovery::EnrolmentWord;
use citizen_payment::request::RequestContent;
use citizen_primitives::Text;

impl RecoveryOfficer {
    /// Notes whose account it is: by the listed device's word, for a resident who shows number, name and day of birth, of an account that
    /// is neither frozen nor under recovery. The first word stands: a thief with the phone does not put his name in the place of hers
    /// (RECOVERY-2).
    pub async fn enrol(&self, request: SignedRequest) -> Result<EnrolmentAnswer, ServiceError> {
        let request = device::read(&self.party, &request)?;
        let RequestContent::EnrolRecovery { number, name, birth_date } = &request.content else {
            return Err(ServiceError::Malformed);
        };
        let identity = Identity {
            number: number.as_str().to_owned(),
            name: name.as_str().to_owned(),
            birth_date: birth_date.as_str().to_owned(),
        };
        let number = self.identified(&identity)?.number.clone();
        let resident = Text::new(&number).map_err(|_| ServiceError::Malformed)?;
        device::prove_free(&self.party, places::RECOVERY_ASK_STATE, &request, &[]).await?;
        let account = request.account;
        self.party.db().commit(places::RECOVERY_ENROLLED, |writer| {
            let known: Option<Enrolled> = writer.find(ENROLLED, account.as_bytes())?;
            let hers: Option<AccountOf> = writer.find(ACCOUNTS, number.as_bytes())?;
            match (known, hers) {
                (None, None) => {
                    writer.put(ENROLLED, account.as_bytes(), &Enrolled { resident })?;
                    writer.put(ACCOUNTS, number.as_bytes(), &AccountOf(account))
                }
                // The two are written together: an account that is hers names her.
                (Some(_), Some(hers)) if hers.0 == account => Ok(()),
                _ => return Err(ServiceError::from(Reason::AnotherCustomer)),
            }?;
            Ok(())
        })?;
        // **RECOVERY-8** Who has noted it signs that: nobody says it in her place.
        let word = EnrolmentWord { account, nonce: request.nonce, time: self.party.now() };
        Ok(EnrolmentAnswer { answer: Bytes::of(&self.party.sign(&word)) })
    }
}
