package kr.citizenwallet.sample

import androidx.compose.material3.Button
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.platform.LocalUriHandler
import kr.citizenwallet.PresentationAnswer
import kr.citizenwallet.PresentationReview
import kr.citizenwallet.Secret
import kr.citizenwallet.answer
import kr.citizenwallet.ffi.PresentationPick
import kr.citizenwallet.ffi.view.AuthorizationView
import kr.citizenwallet.ffi.view.ClaimView
import kr.citizenwallet.ffi.view.CredentialView
import kr.citizenwallet.ffi.view.Message
import kr.citizenwallet.ffi.view.OfferReviewView
import kr.citizenwallet.ffi.view.PendingCredentialView
import kr.citizenwallet.ffi.view.PresentationReviewView
import kr.citizenwallet.isShowable
import kr.citizenwallet.isSignInAlone
import kr.citizenwallet.text

/** What she holds and what she waits for, each with its state in the wallet's own words; below, who saw what. */
@Composable
internal fun Cards(cards: Screen.Cards) {
    val card = cards.card
    Text("시민카드", style = MaterialTheme.typography.headlineMedium)
    if (card == null) CircularProgressIndicator() else Text(card.text.text(language))
    for (credential in cards.held) Held(credential)
    for (awaited in cards.pending) Awaited(awaited)
    if (card != null && cards.held.isEmpty() && cards.pending.isEmpty()) Text("발급 창구의 QR 코드를 찍으면 카드를 받습니다.")
    for (line in cards.log.asReversed()) Text(line.text.text(language), style = MaterialTheme.typography.bodySmall)
    TextButton(onClick = Session::home) { Text("처음으로") }
}

/** One that does not count, and a status that nobody has looked at lately, look different: an old one may be refused where it is shown. */
@Composable
private fun Held(credential: CredentialView) {
    val colours = MaterialTheme.colorScheme
    Text(credential.name.text(language), style = MaterialTheme.typography.titleMedium)
    credential.issuer?.let { Text(it.text(language)) }
    Text(credential.text.text(language), color = if (credential.isShowable) colours.onSurface else colours.error)
    val isOld = credential.status.state == "stale" || credential.status.state == "unknown"
    Text(
        credential.status.text.text(language),
        color = if (isOld) colours.error else colours.outline,
        style = MaterialTheme.typography.labelMedium,
    )
    if (credential.needsRefill) Text("곧 다시 발급받아야 합니다: ${credential.copiesLeft}번 남음", color = colours.error)
}

/** Accepted, and not issued yet: the issuer takes days, or has not answered. It is fetched whenever these screens look. */
@Composable
private fun Awaited(awaited: PendingCredentialView) {
    Text(awaited.issuer.text(language), style = MaterialTheme.typography.titleMedium)
    Text(awaited.text.text(language))
    TextButton(onClick = { Session.forgetPending(awaited.id) }) { Text("기다리지 않기") }
}

/** The registry's name of the issuer, never the offer's own; the code comes by letter. */
@Composable
internal fun Offer(
    offer: OfferReviewView,
    isBusy: Boolean,
    onAccept: (Secret?) -> Unit,
) {
    val typing = typing()
    Text(offer.text.text(language))
    for (credential in offer.credentials) Text(credential.purpose?.text(language) ?: credential.configuration)
    offer.issuer.verified?.let { HowDoIKnow(it) }
    if (offer.needsCode) {
        offer.codeHint?.let { Text(it) }
        SecretField("확인 번호", typing, isEnabled = !isBusy)
    }
    Button(
        onClick = { onAccept(typing.secret.takeIf { offer.needsCode }) },
        enabled = !isBusy && offer.canAccept && (typing.length > 0 || !offer.needsCode),
    ) { Text("받기") }
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
    Button(onClick = Session::home) { Text("확인") }
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
