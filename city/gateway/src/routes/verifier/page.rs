//! The page of a service, without scripts: what it asks and why, the code to scan, the outcome. Korean first, then English.

use super::PATH;
use crate::refusal::Refusal;
use citizen_payment::render::{ErrorCorrection, qr_svg};
use city_services::verifier::{CardService, Outcome, Standing, Visitor};

/// An outcome for a screen.
pub(super) struct Told {
    pub(super) word: &'static str,
    pub(super) ko: &'static str,
    pub(super) en: &'static str,
    /// `new` or `known`, where somebody signed in.
    pub(super) visitor: Option<&'static str>,
}

/// How a visit stands, in words.
pub(super) fn told(standing: Standing) -> Told {
    let mut visitor = None;
    let (word, (ko, en)) = match standing {
        Standing::Waiting => (
            "waiting",
            (
                "시민지갑으로 코드를 찍고, 무엇을 보여 줄지 확인해 주세요.",
                "Scan the code with your wallet, and look at what it would show.",
            ),
        ),
        Standing::Ended(Outcome::Accepted { visitor: Some(Visitor { is_known, .. }), .. }) => {
            visitor = Some(if is_known { "known" } else { "new" });
            let welcome = if is_known {
                (
                    "다시 오셨네요. 지난번의 그분으로 알아보았습니다.",
                    "Welcome back: you are known from last time.",
                )
            } else {
                (
                    "가입되었습니다. 다음에는 알아보겠습니다. 보여 주신 정보는 저장하지 않습니다.",
                    "Welcome: you will be known next time. What you have shown is not kept.",
                )
            };
            ("accepted", welcome)
        }
        Standing::Ended(Outcome::Accepted { visitor: None, .. }) => (
            "accepted",
            (
                "확인되었습니다. 보여 주신 정보는 저장하지 않습니다.",
                "Confirmed. What you have shown is not kept.",
            ),
        ),
        Standing::Ended(Outcome::Refused(refused)) => (refused.word(), refused.sentences()),
        Standing::Over => {
            ("over", ("시간이 지났습니다. 다시 시작해 주세요.", "The time is over. Please begin again."))
        }
    };
    Told { word, ko, en, visitor }
}

/// The service, and a button to begin.
pub(super) fn welcome(service: &CardService) -> String {
    let CardService { purpose_ko, purpose_en, .. } = service;
    let button = buttons(service, ("시민카드로 시작", "Begin with the citizen card"));
    let [ko, en] = [purpose_ko, purpose_en].map(|text| escaped(text));
    page(service, "", &format!("<p>{ko}</p><p lang=\"en\">{en}</p>{button}"))
}

/// A visit: the code while it waits, then how it ended.
pub(super) fn visit(
    service: &CardService,
    standing: Standing,
    link: Option<&str>,
) -> Result<String, Refusal> {
    let Told { word, ko, en, .. } = told(standing);
    let text = format!("<p class=\"{word}\" role=\"status\">{ko}</p><p lang=\"en\">{en}</p>");
    let Some(link) = link else {
        return Ok(page(service, "", &format!("{text}{}", buttons(service, ("다시 시작", "Begin again")))));
    };
    let code = qr_svg(link, ErrorCorrection::M).map_err(|_| Refusal::Internal)?;
    let open = format!(
        "<p><a href=\"{}\">이 기기의 지갑 열기 / Open the wallet on this device</a></p>",
        escaped(link)
    );
    // Without scripts the page asks again by itself.
    Ok(page(
        service,
        "<meta http-equiv=\"refresh\" content=\"2\">",
        &format!("{text}<div class=\"code\">{code}</div>{open}"),
    ))
}

/// To begin with the card; and without, where visitors are known again.
fn buttons(service: &CardService, with_card: (&str, &str)) -> String {
    let name = escaped(&service.name);
    let button = |path: &str, (ko, en): (&str, &str)| {
        format!(
            "<form method=\"post\" action=\"{PATH}/{name}/{path}\"><button>{ko}<br><span lang=\"en\">{en}</span></button></form>"
        )
    };
    let again = ("온 적이 있어요 (카드 없이 로그인)", "I have been here (sign in without the card)");
    let again = if service.signs_in { button("returns", again) } else { String::new() };
    format!("{}{again}", button("visits", with_card))
}

fn page(service: &CardService, head: &str, body: &str) -> String {
    let [ko, en] = [&service.name_ko, &service.name_en].map(|text| escaped(text));
    format!(
        "<!doctype html><html lang=\"ko\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{head}\
         <title>{ko} · {en}</title><style>{STYLE}</style></head><body><main><h1>{ko}</h1><h2 lang=\"en\">{en}</h2>{body}</main></body></html>"
    )
}

const STYLE: &str = "body{margin:0;font:1.1rem/1.6 system-ui,sans-serif;background:#f5f6f8;color:#1b1f27}main{max-width:28rem;margin:8vh auto;padding:2rem;\
    background:#fff;border-radius:1rem;text-align:center}h1{margin:0;font-size:1.5rem}h2{margin:0 0 1.5rem;font-size:1rem;font-weight:400;color:#5b6472}\
    p{margin:.3rem 0}[lang=en]{font-size:.95rem;color:#5b6472}.code svg{width:18rem;max-width:100%;height:auto;margin:1rem 0}\
    .accepted{font-size:1.4rem;color:#0a7a3d}button{margin-top:1.5rem;padding:.8rem 1.6rem;font:inherit;color:#fff;background:#1f5eff;border:0;\
    border-radius:.7rem}button [lang=en]{color:#dbe5ff}";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::Hash;
    use city_services::verifier::Refused;

    fn service() -> CardService {
        let mut service = CardService::sandbox().unwrap().remove(0);
        service.purpose_en = "<script>\"".to_owned();
        service
    }

    #[test]
    fn gateway_9_a_page_shows_what_is_asked_and_escapes_it() {
        let html = welcome(&service());
        assert!(html.contains("샌드박스 마포도서관") && html.contains("/v1/verifiers/mapo-library/visits"));
        assert!(html.contains("&lt;script&gt;&quot;") && !html.contains("<script"));
        assert!(html.contains("/returns"), "somebody who has been here needs no card");
        let office = CardService { signs_in: false, ..service() };
        assert!(!welcome(&office).contains("/returns"), "where nobody is known, nobody comes back");
    }

    #[test]
    fn gateway_9_a_visit_shows_its_code_until_it_has_ended_and_then_how() {
        let waiting =
            visit(&service(), Standing::Waiting, Some("openid4vp://?client_id=1&request_uri=2")).unwrap();
        assert!(
            waiting.contains("<svg")
                && waiting.contains("refresh")
                && waiting.contains("client_id=1&amp;request_uri")
        );
        for (is_known, word) in [(false, "Welcome: you will be known"), (true, "Welcome back")] {
            let visitor = Some(Visitor { subject: Hash::plain(&[]), is_known });
            let outcome = Outcome::Accepted { credentials: 1, visitor };
            let html = visit(&service(), Standing::Ended(outcome), None).unwrap();
            assert!(html.contains(word) && html.contains("/v1/verifiers/mapo-library/returns"));
        }
        for refused in Refused::ALL {
            let html = visit(&service(), Standing::Ended(Outcome::Refused(refused)), None).unwrap();
            let (ko, en) = refused.sentences();
            assert!(html.contains(ko) && html.contains(en) && !html.contains("refresh"));
        }
    }
}
