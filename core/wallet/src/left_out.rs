//! What a payment finds in the place of voting and credentials where a build leaves them out: nothing to show, nothing to bring further.
//! What another build has written of them stays in the store as it is.

#[cfg(not(feature = "credentials"))]
mod credentials {
    use crate::error::WalletError;
    use crate::id::CredentialId;
    use crate::record::PaymentRow;
    use crate::sync::News;
    use crate::wallet::Wallet;
    use citizen_ledger::PaymentCardRule;

    impl Wallet {
        /// There is none.
        pub(crate) fn credential_for(
            &self,
            _: &PaymentCardRule,
        ) -> Result<Option<CredentialId>, WalletError> {
            Ok(None)
        }

        /// No order of this build needs one; one of another build ends unpaid.
        pub(crate) async fn show_order_card(&self, _: &PaymentRow) -> Result<(), WalletError> {
            Ok(())
        }

        /// There are none.
        pub(crate) async fn advance_credentials(&self, _: &mut News) -> Result<(), WalletError> {
            Ok(())
        }
    }
}

#[cfg(all(feature = "voting", not(feature = "credentials")))]
mod registration {
    use crate::error::{Party, Reason, WalletError};
    use crate::record::RegistrationRow;
    use crate::wallet::Wallet;
    use citizen_primitives::Text;
    use citizen_voting::manifest::Poll;

    impl Wallet {
        /// Nothing here says it.
        pub(crate) fn district_of_credentials(&self) -> Result<Option<Text>, WalletError> {
            Ok(None)
        }

        /// Another build asks under nobody's name. The same request under hers would say whose that one is (CARD-15).
        pub(crate) async fn ask_by_card(
            &self,
            _: &Poll,
            _: RegistrationRow,
            _: usize,
        ) -> Result<bool, WalletError> {
            Err(WalletError::Refused { by: Party::Phone, reason: Reason::RollNeedsCard })
        }
    }
}

#[cfg(not(feature = "voting"))]
mod voting {
    use crate::error::WalletError;
    use crate::sync::{News, SyncStep};
    use crate::wallet::Wallet;

    impl Wallet {
        /// There are none.
        pub(crate) async fn advance_votes(
            &self,
            _: &mut News,
            _: &mut (impl FnMut(SyncStep) + Send),
        ) -> Result<(), WalletError> {
            Ok(())
        }
    }
}
