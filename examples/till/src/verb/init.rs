//! `init`: a till comes to be. Nothing is written before everything that was handed in is right and the centre is proved.

use super::name;
use crate::answer::Answer;
use crate::arguments::{Arguments, Init};
use crate::catalogue::message;
use crate::desk::{Centre, City, now};
use crate::failure::{Failure, of_call, of_word};
use crate::folder::{Folder, Shop, read_key, read_trust};
use crate::{human, mark};
use citizen_client::SignedWord;
use citizen_keys::{Signed, SigningKey};
use citizen_payment::till::{MerchantAct, MerchantApplication, MerchantRequest};
use citizen_payment::word::{Merchant, MerchantAnswer, MerchantStatus};
use citizen_primitives::{MerchantId, Place, Text, Won, random};
use url::Url;

const REGISTER: Place = Place::new("till/register");
const ASK_CENTRE: Place = Place::new("till/ask-centre");

/// What a new merchant says of itself.
struct Sign {
    name: Text,
    name_latin: Text,
    district: Text,
    category: Text,
    category_code: Text,
    prior_year_sales: Won,
}

/// Who this till is to be.
enum Identity {
    /// A new merchant.
    New(Sign),
    /// A merchant that is registered by this key.
    Counter(MerchantId, SigningKey),
}

pub(super) async fn init(arguments: &Arguments, init: &Init) -> Result<Answer, Failure> {
    let folder = Folder::of(arguments)?;
    if folder.has_till() {
        return Err(Failure::invalid("till-exists"));
    }
    let url: Url = init.city.parse().map_err(|_| Failure::invalid("url"))?;
    if url.cannot_be_a_base() || !url.has_host() {
        return Err(Failure::invalid("url"));
    }
    let (trust_text, trust) = read_trust(&init.trust)?;
    let identity = identity(init)?;
    let counter = name(&init.counter, 32)?;
    let left = folder.left_key()?;

    human::progress(arguments, &message("센터를 장부에서 확인하는 중", "proving the centre on the ledger"));
    let city = City::of(&url, trust.anchor(), None)?;
    let centre = city.centre().await?;
    let key = match (&identity, left) {
        (Identity::Counter(merchant, key), _) => {
            check_key(&centre, merchant, key).await?;
            SigningKey::from_seed(&key.dangerous_seed())
        }
        (Identity::New(_), Some(key)) => key,
        (Identity::New(_), None) => SigningKey::generate(&mut random::system()),
    };
    folder.keep_key(&key)?;

    human::progress(arguments, &message("센터에 등록하는 중", "registering with the centre"));
    let (word, printed_code) = register(&centre, &identity, &key).await?;
    let merchant = word.word.value().merchant.clone().ok_or_else(not_said)?;
    let shop = Shop {
        city: url,
        merchant: merchant.id,
        name: merchant.name,
        name_latin: merchant.name_latin,
        district: merchant.district,
        counter,
        printed_code,
    };
    folder.keep_shop(&shop, &trust_text)?;
    Ok(answer(&shop, &word, &centre))
}

fn identity(init: &Init) -> Result<Identity, Failure> {
    if let (Some(merchant), Some(key)) = (&init.merchant, &init.key) {
        let merchant = MerchantId::new(merchant).map_err(|_| Failure::invalid("merchant"))?;
        return Ok(Identity::Counter(merchant, read_key(key)?));
    }
    let given = |text: &Option<String>| text.clone().unwrap_or_default();
    let sign = Sign {
        name: name(&given(&init.name), 25)?,
        name_latin: name(&given(&init.name_latin), 25)?,
        district: name(&init.district, 15)?,
        category: name(&init.category, 25)?,
        category_code: name(&init.category_code, 4)?,
        prior_year_sales: Won::new(init.prior_year_sales).map_err(|_| Failure::invalid("amount"))?,
    };
    let is_code = sign.category_code.as_str().bytes().filter(u8::is_ascii_digit).count() == 4;
    let is_latin = sign.name_latin.as_str().bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if is_code && is_latin { Ok(Identity::New(sign)) } else { Err(Failure::invalid("name")) }
}

/// Whether the centre takes requests signed by this key for this merchant: asked before anything is written.
async fn check_key(centre: &Centre, merchant: &MerchantId, key: &SigningKey) -> Result<(), Failure> {
    let request = MerchantRequest {
        to: centre.id(),
        merchant: merchant.clone(),
        counter: Text::default(),
        act: MerchantAct::Payments { day: now().day_in_seoul() },
        nonce: random::generate_array(&mut random::system()),
        time: now(),
    };
    let asked = centre.patient.ask(ASK_CENTRE, &Signed::sign(&request, key)).await;
    asked.map(|_| ()).map_err(|error| of_word(&error, "centre"))
}

/// Registers the key, then asks the centre whose the printed code is: its signed word is what counts.
async fn register(
    centre: &Centre,
    identity: &Identity,
    key: &SigningKey,
) -> Result<(SignedWord<MerchantAnswer>, String), Failure> {
    let application = application(centre, identity);
    let registered = centre
        .patient
        .register(REGISTER, &Signed::sign(&application, key), &key.public())
        .await
        .map_err(|error| of_call(&error, "centre"))?;
    let word = centre.whose(&registered.printed_code).await?;
    let said = word.word.value();
    let Merchant { id, name, .. } = said.merchant.as_ref().ok_or_else(not_said)?;
    let is_it = match identity {
        Identity::New(sign) => *name == sign.name && id.as_str() == registered.merchant,
        Identity::Counter(merchant, _) => id == merchant,
    };
    if !is_it {
        return Err(not_said());
    }
    match said.status {
        MerchantStatus::Usable => Ok((word, registered.printed_code)),
        MerchantStatus::Suspended => Err(Failure::refused("centre", "merchant-suspended")),
        MerchantStatus::Expired | MerchantStatus::Used | MerchantStatus::Unknown => Err(not_said()),
    }
}

/// Of a key that is registered already, the centre reads nothing but the key.
fn application(centre: &Centre, identity: &Identity) -> MerchantApplication {
    let to = centre.id();
    let time = now();
    match identity {
        Identity::New(sign) => MerchantApplication {
            to,
            name: sign.name.clone(),
            name_latin: sign.name_latin.clone(),
            district: sign.district.clone(),
            category: sign.category.clone(),
            category_code: sign.category_code.clone(),
            prior_year_sales: sign.prior_year_sales,
            time,
        },
        Identity::Counter(merchant, _) => {
            let text = Text::new(merchant.as_str()).unwrap_or_default();
            let short =
                Text::new(merchant.as_str().get(..15).unwrap_or(merchant.as_str())).unwrap_or_default();
            MerchantApplication {
                to,
                name: text.clone(),
                name_latin: text,
                district: short.clone(),
                category: short,
                category_code: Text::new("5999").unwrap_or_default(),
                prior_year_sales: Won::ZERO,
                time,
            }
        }
    }
}

fn answer(shop: &Shop, word: &SignedWord<MerchantAnswer>, centre: &Centre) -> Answer {
    let (id, name) = (shop.merchant.as_str(), shop.name.as_str());
    Answer::default()
        .with("merchant", id)
        .with("name", name)
        .with("name_latin", shop.name_latin.as_str())
        .with("district", shop.district.as_str())
        .with("counter", shop.counter.as_str())
        .with("printed_code", shop.printed_code.as_str())
        .with("attested", mark::attested(&word.word))
        .with("verified", mark::verified(centre.party().provenance()))
        .line(message(format!("가맹점 {id} {name}"), format!("Merchant {id} {name}")))
        .line(mark::line(centre.party().provenance()))
}

fn not_said() -> Failure {
    Failure::unverified("merchant", "centre")
}
