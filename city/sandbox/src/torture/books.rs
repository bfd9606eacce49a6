//! What must hold of a till's day (TORTURE-6): each code charged once or not at all, no more back than was paid, gifts and
//! redemptions once or never on both sides, a certificate for each redemption, and the same sums in everybody's books.

use super::acts::{Acts, RefundFact, TillFacts};
use super::facts::{BookFacts, CodeFact, End, Facts, LedgerFacts, PaymentFact, PhoneFacts, SubmissionFact};
use super::verdict::{Breach, same};
use citizen_primitives::{PaymentId, RedemptionId};
use city_services::bank::Purpose;
use std::collections::{BTreeMap, BTreeSet};

type Ends<'a> = BTreeMap<PaymentId, &'a PaymentFact>;

/// Everything that does not hold of a till's day.
pub fn judge_trade(facts: &Facts, ends: &Ends<'_>, breaches: &mut Vec<Breach>) {
    let Facts { ledger, books, phones, .. } = facts;
    judge_charges(&ledger.acts, breaches);
    judge_refunds(ledger, books, ends, breaches);
    judge_accounts(ledger, breaches);
    judge_certificates(&ledger.acts, books, breaches);
    if let Some(till) = &books.till {
        judge_till(till, ledger, ends, breaches);
    }
    if let Some(phones) = phones {
        judge_codes(phones, &ledger.acts, ends, breaches);
        judge_submissions(phones, &ledger.acts, books, breaches);
        judge_given_back(phones, &ledger.acts, breaches);
    }
}

/// What came back of a payment, points and won together.
fn given_back(acts: &Acts, payment: &PaymentId) -> u64 {
    let of_it = acts.refunds.iter().filter(|refund| refund.payment == *payment);
    of_it.map(|refund| refund.points.saturating_add(refund.won)).sum()
}

fn odd(what: &'static str, of: impl ToString) -> Breach {
    Breach::Odd { what, of: of.to_string() }
}

/// A payment begins once, and not at all after its mandate was revoked.
fn judge_charges(acts: &Acts, breaches: &mut Vec<Breach>) {
    let mut begun = BTreeSet::new();
    let again = acts.payments.iter().filter(|id| !begun.insert(**id)).collect::<Vec<_>>();
    breaches.extend(again.into_iter().map(|id| odd("a payment that began twice", id)));
    let both = acts.revoked.iter().filter(|(id, _)| begun.contains(id));
    breaches.extend(both.map(|(id, _)| odd("a payment that was revoked and began", id)));
}

/// Only what was paid comes back, and no more of it; the bank credits every refund once.
fn judge_refunds(ledger: &LedgerFacts, books: &BookFacts, ends: &Ends<'_>, breaches: &mut Vec<Breach>) {
    let acts = &ledger.acts;
    for refund in &acts.refunds {
        match ends.get(&refund.payment) {
            Some(payment) if payment.end == End::Captured && payment.account == refund.account => {
                if given_back(acts, &refund.payment) > payment.points.saturating_add(payment.won) {
                    breaches.push(odd("more came back than was paid", refund.payment));
                }
            }
            _ => breaches.push(odd("a refund of what was not paid", refund.payment)),
        }
        let purpose = Purpose::Refund(refund.id);
        let booked: Vec<_> = books.bookings.iter().filter(|booking| booking.purpose == purpose).collect();
        let is_right = match booked.as_slice() {
            [] => refund.won == 0,
            [one] => one.won.amount() == refund.won,
            _ => false,
        };
        if !is_right {
            breaches.push(odd("a refund that the bank has not credited once", refund.payment));
        }
    }
    let decided: BTreeSet<_> = acts.refunds.iter().map(|refund| refund.id).collect();
    for booking in &books.bookings {
        if let Purpose::Refund(id) = booking.purpose
            && !decided.contains(&id)
        {
            breaches.push(odd("the bank has credited a refund that never was", booking.number));
        }
    }
}

/// Every account has what was granted and given to it, less what was paid, given and redeemed.
fn judge_accounts(ledger: &LedgerFacts, breaches: &mut Vec<Breach>) {
    let acts = &ledger.acts;
    for account in &ledger.accounts {
        let id = account.id;
        let mut wanted = 0_i128;
        wanted += total(acts.grants.iter().filter(|(to, _)| *to == id).map(|(_, points)| *points));
        wanted += total(acts.gifts.iter().filter(|gift| gift.to == id).map(|gift| gift.points));
        wanted -= total(acts.gifts.iter().filter(|gift| gift.from == id).map(|gift| gift.points));
        let redeemed = acts.redemptions.iter().filter(|redemption| redemption.account == id);
        wanted -= total(redeemed.map(|redemption| redemption.points));
        let paid = ledger.payments.iter().filter(|payment| payment.end != End::Reversed);
        wanted -= total(paid.filter(|payment| payment.account == id).map(|payment| payment.points));
        let live = |refund: &RefundFact| refund.points.saturating_sub(refund.expired);
        wanted += total(acts.refunds.iter().filter(|refund| refund.account == id).map(live));
        same("an account's points by what was done", i128::from(account.points), wanted, breaches);
    }
}

/// One certificate for a redemption at most, of its face, and none for anything else.
fn judge_certificates(acts: &Acts, books: &BookFacts, breaches: &mut Vec<Breach>) {
    let faces: BTreeMap<RedemptionId, u64> =
        acts.redemptions.iter().map(|redemption| (redemption.id, redemption.points)).collect();
    if faces.len() != acts.redemptions.len() {
        breaches.push(odd("a redemption that happened twice", acts.redemptions.len()));
    }
    let mut numbers = BTreeSet::new();
    for (redemption, certificate) in &books.certificates {
        if faces.get(redemption) != Some(&certificate.won) {
            breaches.push(odd("a certificate without its redemption", redemption));
        }
        if !numbers.insert(&certificate.number) {
            breaches.push(odd("two certificates with one number", redemption));
        }
    }
}

/// What the till was told is so, and its merchant gets what was captured less what came back, to the won.
fn judge_till(till: &TillFacts, ledger: &LedgerFacts, ends: &Ends<'_>, breaches: &mut Vec<Breach>) {
    let acts = &ledger.acts;
    let mut charged = BTreeSet::new();
    for charge in &till.charges {
        if let Some(payment) = charge.payment
            && !charged.insert(payment)
        {
            breaches.push(odd("two charges of one code", payment));
        }
        let payment = charge.payment.and_then(|id| ends.get(&id).copied());
        let end = payment.map(|payment| payment.end);
        let is_all_back = payment.is_some_and(|payment| {
            given_back(acts, &payment.id) == payment.points.saturating_add(payment.won)
        });
        let is_so = match charge.state.as_str() {
            // One that was taken back stays paid only where the ledger has refused the refund: too late.
            "captured" => {
                let may_stay = !charge.is_taken_back || charge.is_explained;
                end == Some(End::Captured) && !is_all_back && may_stay
            }
            "reversed" => matches!(end, None | Some(End::Reversed)) || is_all_back,
            "failed" => matches!(end, None | Some(End::Reversed)),
            "unknown" => payment.is_none() && !charge.is_taken_back,
            _ => false,
        };
        if !is_so {
            let what = "a charge of which the till hears what is not so";
            breaches.push(odd(what, format!("{charge:?}, {end:?}")));
        }
    }
    for refund in &till.refunds {
        let fact = acts.refunds.iter().find(|fact| fact.id == refund.refund);
        let is_so = match (refund.state.as_str(), fact) {
            ("refunded", Some(fact)) => refund.is_credited && refund.given == (fact.points, fact.won),
            ("refused" | "unknown", None) => true,
            _ => false,
        };
        if !is_so {
            breaches.push(odd(
                "a refund of which the till hears what is not so",
                format!("{refund:?}, {fact:?}"),
            ));
        }
    }
    judge_merchant(till, ledger, ends, breaches);
}

fn judge_merchant(till: &TillFacts, ledger: &LedgerFacts, ends: &Ends<'_>, breaches: &mut Vec<Breach>) {
    let acts = &ledger.acts;
    let charged: Vec<&PaymentFact> = acts.charges.iter().filter_map(|id| ends.get(id).copied()).collect();
    let captured: Vec<_> = charged.into_iter().filter(|payment| payment.end == End::Captured).collect();
    let ids: BTreeSet<PaymentId> = captured.iter().map(|payment| payment.id).collect();
    let back: Vec<_> = acts.refunds.iter().filter(|refund| ids.contains(&refund.payment)).collect();
    let points =
        total(captured.iter().map(|payment| payment.points)) - total(back.iter().map(|fact| fact.points));
    let won = total(captured.iter().map(|payment| payment.won)) - total(back.iter().map(|fact| fact.won));
    same("points in the merchant's files", i128::from(till.lines.0), points, breaches);
    same("won in the merchant's files", i128::from(till.lines.1), won, breaches);
    same("the merchant's account at the bank", i128::from(till.paid), i128::from(till.payable), breaches);
    same("closed days that are not paid out", i128::from(till.unpaid), 0, breaches);
    // Whoever holds a charge's payment is this till: nobody else has one.
    let known: BTreeSet<_> = till.charges.iter().filter_map(|charge| charge.payment).collect();
    let strange = acts.charges.iter().filter(|id| !known.contains(id));
    breaches.extend(strange.map(|id| odd("a charge that no till has made", id)));
}

/// Every code that was shown is at its end, as the ledger says, and was charged within what she allowed.
fn judge_codes(phones: &[PhoneFacts], acts: &Acts, ends: &Ends<'_>, breaches: &mut Vec<Breach>) {
    let codes: Vec<&CodeFact> = phones.iter().flat_map(|phone| &phone.codes).collect();
    for code in &codes {
        let revoked = acts.revoked.iter().find(|(id, _)| *id == code.payment);
        let wanted = match revoked {
            _ if acts.charges.contains(&code.payment) => "charged",
            // Its time was over when the revocation came: the phone may have seen that first.
            Some((_, at)) if *at >= code.until && code.state == "expired" => "expired",
            Some(_) => "revoked",
            None => "expired",
        };
        if code.state != wanted {
            let what = "a code of which the screen says what is not so";
            breaches.push(odd(what, format!("{}: {} and not {wanted}", code.payment, code.state)));
        }
        let taken = ends.get(&code.payment).map_or(0, |payment| payment.points.saturating_add(payment.won));
        if taken > code.most {
            breaches.push(odd("more charged than was allowed", code.payment));
        }
    }
    let known: BTreeSet<_> = codes.iter().map(|code| code.payment).collect();
    let strange =
        acts.charges.iter().chain(acts.revoked.iter().map(|(id, _)| id)).filter(|id| !known.contains(*id));
    breaches.extend(strange.map(|id| odd("a code that is on no phone", id)));
}

/// What a phone has asked of the ledger happened once or never, as it says; a redemption has its certificate.
fn judge_submissions(phones: &[PhoneFacts], acts: &Acts, books: &BookFacts, breaches: &mut Vec<Breach>) {
    let rows: Vec<&SubmissionFact> = phones.iter().flat_map(|phone| &phone.submissions).collect();
    for row in &rows {
        let gifts = acts.gifts.iter().filter(|gift| gift.transaction == row.id).map(|gift| gift.points);
        let redeemed = acts.redemptions.iter().filter(|redemption| redemption.transaction == row.id);
        let points: Vec<u64> = gifts.chain(redeemed.clone().map(|redemption| redemption.points)).collect();
        let is_so = match row.state {
            "done" => points == [row.points],
            "never" => points.is_empty(),
            _ => false,
        };
        if !is_so {
            let what = "an act of which the screen says what is not so";
            breaches.push(odd(what, format!("{}: {}, {points:?}", row.kind, row.state)));
        }
        let mut issued = redeemed.filter_map(|redemption| {
            books.certificates.iter().find(|(id, _)| *id == redemption.id).map(|(_, certificate)| certificate)
        });
        if issued.next() != row.certificate.as_ref()
            || (row.kind == "redemption" && row.state == "done") != row.certificate.is_some()
        {
            breaches.push(odd("another certificate than was issued", row.id));
        }
    }
    let known: BTreeSet<_> = rows.iter().map(|row| row.id).collect();
    let gifts = acts.gifts.iter().map(|gift| gift.transaction);
    let redeemed = acts.redemptions.iter().map(|redemption| redemption.transaction);
    let strange = gifts.chain(redeemed).filter(|id| !known.contains(id));
    breaches.extend(strange.map(|id| odd("a gift or a redemption that is on no phone", id)));
}

/// The phone's history shows what came back.
fn judge_given_back(phones: &[PhoneFacts], acts: &Acts, breaches: &mut Vec<Breach>) {
    for row in phones.iter().flat_map(|phone| &phone.rows) {
        let Some(shown) = row.given_back else { continue };
        same("given back, on the screen", i128::from(shown), i128::from(given_back(acts, &row.id)), breaches);
    }
}

fn total(amounts: impl Iterator<Item = u64>) -> i128 {
    amounts.map(i128::from).sum()
}
