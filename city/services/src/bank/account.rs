//! Won accounts: one for each customer, asked for and asked about by the account's own device.

use super::Bank;
use super::books::{self, BookAccount, Entry, Purpose};
use super::record::{ACCOUNTS, CUSTOMERS, Holder, WonAccount};
use crate::db::{DbError, Rows};
use crate::device;
use crate::error::{Reason, ServiceError};
use crate::places;
use citizen_client::api::{BalanceAnswer, Bytes, SignedRequest};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_payment::word::BankBalance;
use citizen_primitives::{AccountId, Text, Won};

impl Bank {
    /// Connects an account with its holder's won account, and answers with the balance (BANK-2).
    pub async fn open_account(&self, request: SignedRequest) -> Result<BalanceAnswer, ServiceError> {
        let request = device::read(&self.party, &request)?;
        let RequestContent::OpenBankAccount { customer } = &request.content else {
            return Err(ServiceError::Malformed);
        };
        if customer.as_str().is_empty() {
            return Err(ServiceError::Malformed);
        }
        device::prove(&self.party, places::BANK_ASK_ACCOUNT, &request, &[]).await?;
        self.connect(&request, customer)?;
        self.balance_word(&request)
    }

    /// The bank's word on the balance, with the asker's nonce (BANK-2).
    pub async fn balance(&self, request: SignedRequest) -> Result<BalanceAnswer, ServiceError> {
        let request = device::read(&self.party, &request)?;
        if request.content != RequestContent::BankBalance {
            return Err(ServiceError::Malformed);
        }
        device::prove(&self.party, places::BANK_ASK_ACCOUNT, &request, &[]).await?;
        self.balance_word(&request)
    }

    /// Pays won into a connected account, as a wage is: booked against the issuing account. For the sandbox and tests.
    pub fn pay_in(&self, account: &AccountId, won: Won) -> Result<(), ServiceError> {
        let now = self.party.now();
        self.party.db().commit(places::BANK_ACCOUNT, |writer| {
            let connected: Option<WonAccount> = writer.find(ACCOUNTS, account.as_bytes())?;
            connected.ok_or(Reason::NoAccount)?;
            let (from, to) = (BookAccount::Issue, BookAccount::Customer(*account));
            let entry = Entry { from, to, won, purpose: Purpose::PaidIn };
            books::post(writer, entry, now).map_err(|_| ServiceError::Unavailable)?;
            Ok(())
        })
    }

    fn connect(&self, request: &DeviceRequest, customer: &Text) -> Result<(), ServiceError> {
        let now = self.party.now();
        self.party.db().commit(places::BANK_ACCOUNT, |writer| {
            let account: Option<WonAccount> = writer.find(ACCOUNTS, request.account.as_bytes())?;
            let holder: Option<Holder> = writer.find(CUSTOMERS, customer.as_str().as_bytes())?;
            match (account, holder) {
                (Some(account), Some(holder))
                    if account.customer == *customer && holder.0 == request.account =>
                {
                    return Ok(());
                }
                (None, None) => {}
                _ => return Err(ServiceError::from(Reason::AnotherCustomer)),
            }
            let account = WonAccount { customer: customer.clone(), opened: now };
            writer.put(ACCOUNTS, request.account.as_bytes(), &account)?;
            writer.put(CUSTOMERS, customer.as_str().as_bytes(), &Holder(request.account))?;
            let entry = Entry {
                from: BookAccount::Issue,
                to: BookAccount::Customer(request.account),
                won: self.opening,
                purpose: Purpose::Opening,
            };
            books::post(writer, entry, now).map_err(|_| ServiceError::Unavailable)?;
            Ok(())
        })
    }

    fn balance_word(&self, request: &DeviceRequest) -> Result<BalanceAnswer, ServiceError> {
        let (account, balance) = self.party.db().read(|rows| {
            let account: Option<WonAccount> = rows.find(ACCOUNTS, request.account.as_bytes())?;
            Ok::<_, DbError>((account, books::balance(rows, &BookAccount::Customer(request.account))?))
        })?;
        account.ok_or(Reason::NoAccount)?;
        // A customer's balance is never below zero.
        let won = u64::try_from(balance).ok().and_then(|balance| Won::new(balance).ok());
        let word = BankBalance {
            account: request.account,
            won: won.ok_or(ServiceError::Unavailable)?,
            nonce: request.nonce,
            time: self.party.now(),
        };
        Ok(BalanceAnswer { balance: Bytes::of(&self.party.sign(&word)) })
    }
}
