//! Who may ask for the account, said to the officers while nothing is lost.

use crate::error::{Party, WalletError, mapping};
use crate::place;
use crate::record::{ActivityKind, Who};
use crate::view::EnrolmentView;
use crate::wallet::Wallet;
use citizen_client::CallError;
use citizen_client::api::Identity;
use citizen_payment::request::RequestContent;

impl Wallet {
    /// Tells every officer of recovery whose account this is: without it no officer hands it to anybody who has no recovery code. Asked
    /// twice, it stays one word; the first one stands.
    ///
    /// At least one officer must take it, or the error says why none did; how many have is in the answer.
    pub async fn enrol_recovery(&self, identity: &Identity) -> Result<EnrolmentView, WalletError> {
        self.session().touch()?;
        self.orderable(&[]).await?;
        let Who { number, name, birth_date } = Who::of(identity)?;
        let (officers, _) = self.officers(&[]).await?;
        let (mut enrolled, mut said) = (0usize, None);
        for officer in &officers.all {
            let content = RequestContent::EnrolRecovery {
                number: number.clone(),
                name: name.clone(),
                birth_date: birth_date.clone(),
            };
            let key = &officer.party().value().key;
            let account = self.session().account()?;
            let request = self.session().sign_request(&account, key, content)?;
            let mut rng = self.session().rng();
            match officer.enrol(place::SEND_ENROLMENT, &mut *rng, &request).await {
                Ok(()) => enrolled = enrolled.saturating_add(1),
                Err(CallError::Stopped) => return Err(WalletError::Cancelled),
                Err(error) => said = Some(mapping::of_call(error, Party::RecoveryOfficer)),
            }
        }
        match said {
            Some(error) if enrolled == 0 => return Err(error),
            _ => {}
        }
        self.session()
            .commit(place::RECOVERY_ENROLLED, self.session().log(ActivityKind::RecoveryEnrolled)?)?;
        Ok(EnrolmentView::new(enrolled, officers.bench()))
    }
}
