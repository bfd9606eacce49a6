//! Gift certificates: issued once for a redemption that stands on the ledger, to the account that redeemed.

use super::Treasury;
use crate::db::{Rows, Table};
use crate::device;
use crate::error::{Reason, ServiceError};
use crate::places;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_client::CERTIFICATE_CONTEXT;
use citizen_client::api::{Bytes, CertificateAnswer, SignedRequest};
use citizen_keys::Signed;
use citizen_ledger::state_key;
use citizen_payment::RedemptionRecord;
use citizen_payment::request::RequestContent;
use citizen_payment::word::Certificate;
use citizen_primitives::{Canonical as _, Month, RedemptionId, Text, UnixTime, Won};

/// [`Issued`] by redemption.
const CERTIFICATES: Table = Table::new("certificates");

/// For how many years a certificate may be used (Seoul Love gift certificate: five, khan.co.kr 202602082103015).
const YEARS: u16 = 5;

#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Issued(Signed<Certificate>);
citizen_primitives::canonical!(Issued = 1);

impl Treasury {
    /// The certificate of a redemption (TREASURY-5); sealed to the phone that asks, since whoever has its number has its worth.
    pub async fn certificate(&self, request: SignedRequest) -> Result<CertificateAnswer, ServiceError> {
        let request = device::read(&self.party, &request)?;
        let RequestContent::Certificate { redemption, reply } = request.content else {
            return Err(ServiceError::Malformed);
        };
        let key = state_key::redemption(&redemption);
        let also = std::slice::from_ref(&key);
        let proven = device::prove(&self.party, places::TREASURY_ASK_STATE, &request, also).await?;
        let record = proven.get::<RedemptionRecord>(&key)?.present().ok_or(ServiceError::NotFound)?;
        let record = record.into_parts().0;
        if record.account != request.account {
            return Err(ServiceError::NotFound);
        }
        if record.treasury != self.party.id() {
            return Err(Reason::WrongParty.into());
        }
        let Issued(certificate) = self.issue(&redemption, &record)?;
        let sealed = self.party.seal(&reply, CERTIFICATE_CONTEXT, &certificate.to_canonical())?;
        Ok(CertificateAnswer { sealed: Bytes::new(&sealed) })
    }

    /// All certificates that were issued, for an auditor of the treasury.
    pub fn certificates(&self) -> Result<Vec<Certificate>, ServiceError> {
        let issued: Vec<(Vec<u8>, Issued)> = self.party.db().read(|rows| rows.all(CERTIFICATES))?;
        let read = |(_, Issued(signed)): (Vec<u8>, Issued)| signed.dangerous_unverified();
        issued.into_iter().map(read).collect::<Result<_, _>>().map_err(|_| ServiceError::Unavailable)
    }

    fn issue(&self, redemption: &RedemptionId, record: &RedemptionRecord) -> Result<Issued, ServiceError> {
        self.party.db().commit(places::TREASURY_CERTIFICATE, |writer| {
            if let Some(issued) = writer.find(CERTIFICATES, redemption.as_bytes())? {
                return Ok(issued);
            }
            let time = self.party.now();
            let certificate = Certificate {
                redemption: *redemption,
                account: record.account,
                number: self.number()?,
                won: Won::new(record.points.amount()).map_err(|_| Reason::Amount)?,
                time,
                until: last_second(time).ok_or(ServiceError::Unavailable)?,
            };
            let issued = Issued(self.party.sign(&certificate));
            writer.put(CERTIFICATES, redemption.as_bytes(), &issued)?;
            Ok::<_, ServiceError>(issued)
        })
    }

    /// Sixteen random digits in groups of four.
    fn number(&self) -> Result<Text, ServiceError> {
        let random = u64::from_be_bytes(self.party.random());
        let digits = format!("{:016}", random % 10_000_000_000_000_000);
        let groups: Vec<&str> = (0..4).filter_map(|group| digits.get(group * 4..group * 4 + 4)).collect();
        Text::new(&groups.join("-")).map_err(|_| ServiceError::Unavailable)
    }
}

/// The end of the month in which the certificate's years are over.
fn last_second(time: UnixTime) -> Option<UnixTime> {
    time.month_in_seoul().and_then(|month| month.plus_years(YEARS)).and_then(Month::end).ok()
}
