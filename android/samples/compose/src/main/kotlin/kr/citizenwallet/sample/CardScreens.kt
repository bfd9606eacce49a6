package kr.citizenwallet.sample

import androidx.compose.material3.Button
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.platform.LocalUriHandler
import kr.citizenwallet.PresentationAnswer
import kr.citizenwallet.PresentationReview
import kr.citizenwallet.answer
import kr.citizenwallet.ffi.PresentationPick
import kr.citizenwallet.ffi.view.AuthorizationView
import kr.citizenwallet.ffi.view.CardView
import kr.citizenwallet.ffi.view.ClaimView
import kr.citizenwallet.ffi.view.CredentialEventView
import kr.citizenwallet.ffi.view.CredentialView
import kr.citizenwallet.ffi.view.Message
import kr.citizenwallet.ffi.view.OfferReviewView
import kr.citizenwallet.ffi.view.PresentationReviewView
import kr.citizenwallet.isSignInAlone
import kr.citizenwallet.text

/** What she holds, each with its state in the wallet's own words; below, who saw what. */
@Composable
internal fun Cards(
    card: CardView?,
    held: List<CredentialView>,
    log: List<CredentialEventView>,
) {
    Text("시민카드", style = MaterialTheme.typography.headlineMedium)
    if (card == null) CircularProgressIndicator() else Text(card.text.text(language))
    for (credential in held) {
        Text(credential.issuer?.text(language) ?: credential.vct)
        Text(credential.text.text(language))
        if (credential.needsRefill) Text("곧 다시 발급받아야 합니다: ${credential.copiesLeft}번 남음", color = MaterialTheme.colorScheme.error)
    }
    if (card != null && held.isEmpty()) Text("발급 창구의 QR 코드를 찍으면 카드를 받습니다.")
    for (line in log.asReversed()) Text(line.text.text(language), style = MaterialTheme.typography.bodySmall)
    TextButton(onClick = Session::home) { Text("처음으로") }
}

/** The registry's name of the issuer, never the offer's own; the code comes by letter. */
@Composable
internal fun Offer(
    offer: OfferReviewView,
    onAccept: (String) -> Unit,
) {
    var code by remember { mutableStateOf("") }
    Text(offer.text.text(language))
    for (credential in offer.credentials) Text(credential.purpose?.text(language) ?: credential.configuration)
    offer.issuer.verified?.let { HowDoIKnow(it) }
    if (offer.needsCode) {
        offer.codeHint?.let { Text(it) }
        OutlinedTextField(value = code, onValueChange = { code = it }, label = { Text("확인 번호") })
    }
    Button(onClick = { onAccept(code) }, enabled = offer.canAccept && (code.isNotEmpty() || !offer.needsCode)) { Text("받기") }
    TextButton(onClick = Session::home) { Text("받지 않기") }
}

/** The issuer's page opens in the browser itself: a view of this app could read along. */
@Composable
internal fun SignIn(page: AuthorizationView) {
    val browser = LocalUriHandler.current
    Text(page.text.text(language))
    Button(onClick = { browser.openUri(page.address) }, enabled = page.canOpen) { Text("${page.host} 열기") }
    TextButton(onClick = Session::giveUp) { Text("그만두기") }
}

/** Who asks, what for, and each claim with its value. Nothing is shown before she taps. */
@Composable
internal fun Request(request: PresentationReview) {
    val view = request.view
    Text(view.text.text(language), style = MaterialTheme.typography.titleLarge)
    Text(view.verifier.host)
    view.verifier.verified?.let { HowDoIKnow(it) }
    for (purpose in view.purposes) Text(purpose.text(language))
    view.signIn?.let { Text(it.text.text(language)) }
    when (val answer = request.answer) {
        is PresentationAnswer.Possible -> {
            for (claim in shown(view, answer.suggested)) Text("${claim.path}: ${claim.value}")
            Button(onClick = { Session.present(request, answer.suggested) }) { Text(if (view.isSignInAlone) "로그인" else "보여 주기") }
        }

        is PresentationAnswer.Missing -> {
            Text("보여 줄 수 있는 증명서가 없습니다.")
        }

        is PresentationAnswer.Beyond -> {
            Text("등록부가 허락한 것보다 많이 요청합니다: ${answer.claims.joinToString()}", color = MaterialTheme.colorScheme.error)
        }

        is PresentationAnswer.Stranger -> {
            Text("등록되지 않은 곳입니다. 아무것도 보여 주지 않습니다.", color = MaterialTheme.colorScheme.error)
        }
    }
    TextButton(onClick = { Session.decline(request) }) { Text("거절하기") }
}

@Composable
internal fun Told(text: Message) {
    Text(text.text(language), style = MaterialTheme.typography.headlineSmall)
    Button(onClick = { Session.cards() }) { Text("확인") }
}

/** What would be seen: the claims that are picked, and those that are shown beside them. */
private fun shown(
    view: PresentationReviewView,
    picks: List<PresentationPick>,
): List<ClaimView> =
    picks.flatMap { pick ->
        val part = view.asked.first { it.query == pick.query }
        val own = part.showable.first { it.credential == pick.credential }
        own.combinations.first { claims -> claims.map { it.path } == pick.claims } + own.open
    }
