package kr.citizenwallet.sample

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.safeDrawingPadding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import kotlinx.coroutines.flow.StateFlow
import kr.citizenwallet.Points
import kr.citizenwallet.Won
import kr.citizenwallet.ffi.Language
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.view.BalanceView
import kr.citizenwallet.ffi.view.Freshness
import kr.citizenwallet.ffi.view.PaymentView
import kr.citizenwallet.ffi.view.ReceiptView
import kr.citizenwallet.ffi.view.ReviewView
import kr.citizenwallet.ffi.view.VerifiedMark
import kr.citizenwallet.isFinal
import kr.citizenwallet.text

internal val language = Language.KOREAN

/** Four screens, one decision: scan, see, approve, receipt. Between the system's bars, and as long as they have to be. */
@Composable
fun WalletScreens(
    screens: StateFlow<Screen>,
    busy: StateFlow<Boolean>,
) {
    val screen by screens.collectAsStateWithLifecycle()
    val isBusy by busy.collectAsStateWithLifecycle()
    Surface(Modifier.fillMaxSize()) {
        Column(
            Modifier.safeDrawingPadding().verticalScroll(rememberScrollState()).padding(24.dp),
            verticalArrangement = Arrangement.spacedBy(16.dp),
        ) {
            if (isBusy) LinearProgressIndicator(Modifier.fillMaxWidth())
            Now(screen, isBusy)
        }
    }
}

@Composable
private fun Now(
    now: Screen,
    isBusy: Boolean,
) {
    when (now) {
        is Screen.Starting -> Starting(now.refusal)
        is Screen.NotReady -> NotReady(now.readiness)
        is Screen.AskPin -> PinPad(now, isBusy, onPin = { Session.enter(it) })
        is Screen.WriteDown -> RecoveryCode(now.code)
        is Screen.TypeAgain -> TypeAgain(now, isBusy)
        is Screen.LostPhone -> LostPhone(now, isBusy)
        is Screen.Stopped -> Stopped(now.text)
        is Screen.Home -> Home(now.balance, now.refusal)
        is Screen.Scan -> CameraScan(onCode = { Session.scanned(it) }, onBack = Session::home)
        is Screen.Review -> Review(now.review.view, onApprove = { Session.approve(now.review) }, onBack = Session::home)
        is Screen.Paying -> Paying(now.payment)
        is Screen.Receipt -> Receipt(now.receipt)
        is Screen.Polls -> Polls(now.polls)
        is Screen.Question -> Question(now.poll, now.registration)
        is Screen.Registration -> Registration(now.review.view, onApprove = { Session.register(now.review) })
        is Screen.Ballot -> Ballot(now.ballot.view, onCast = { Session.cast(now.ballot) }, onCheck = { Session.check(now.ballot) })
        is Screen.Opened -> Opened(now.ballot)
        is Screen.Voting -> Voting(now.vote, now.counted)
        is Screen.Cards -> Cards(now)
        is Screen.Offer -> Offer(now.offer.view, isBusy, onAccept = { Session.accept(now.offer, it) })
        is Screen.SignIn -> SignIn(now.page)
        is Screen.Request -> Request(now.request)
        is Screen.Told -> Told(now.text)
    }
}

@Composable
internal fun Home(
    balance: BalanceView?,
    refusal: WalletException?,
) {
    Refusal(refusal)
    if (refusal != null) TextButton(onClick = Session::home) { Text("다시 보기") }
    if (balance == null) {
        if (refusal == null) CircularProgressIndicator()
    } else {
        val isStale = balance.points.freshness == Freshness.STALE
        val colour = if (isStale) MaterialTheme.colorScheme.outline else MaterialTheme.colorScheme.onSurface
        Text(
            Points(balance.points.points).text(language),
            Modifier.clearAndSetSemantics { contentDescription = balance.points.spoken.text(language) },
            color = colour,
            style = MaterialTheme.typography.displaySmall,
        )
        val won = balance.won
        if (won == null) {
            Text("은행이 대답하지 않습니다", color = colour)
            TextButton(onClick = Session::connectBank) { Text("은행 연결하기") }
        } else {
            Text(Won(won.krw).text(language), color = colour)
        }
        HowDoIKnow(balance.points.verified, isStale)
    }
    Button(onClick = Session::scan, enabled = balance != null) { Text("결제하기") }
    TextButton(onClick = Session::polls) { Text("투표") }
    TextButton(onClick = Session::cards) { Text("시민카드") }
    TextButton(onClick = Session::lostPhone) { Text("잃어버린 휴대전화 멈추기") }
}

/** The mark beside every number. */
@Composable
internal fun HowDoIKnow(
    verified: VerifiedMark,
    isStale: Boolean = false,
) {
    val source = if (isStale) "지난 확인" else "이 전화가 확인함"
    Text("✓ $source: 블록 ${verified.height}, 서명 ${verified.signers}/${verified.validators}", style = MaterialTheme.typography.labelMedium)
}

@Composable
internal fun Review(
    review: ReviewView,
    onApprove: () -> Unit,
    onBack: () -> Unit,
) {
    Text(review.merchant, style = MaterialTheme.typography.headlineMedium)
    Text(review.district)
    Text(Won(review.amount).text(language), style = MaterialTheme.typography.displaySmall)
    Text("${Points(review.points).text(language)} + ${Won(review.krw).text(language)}")
    if (review.fee > 0UL) Text("수수료 ${Won(review.fee).text(language)}")
    Text("결제 뒤 ${Points(review.pointsLeft).text(language)}")
    review.card?.let { Text(it.text.text(language)) }
    HowDoIKnow(review.verified)
    Button(onClick = onApprove) { Text("승인") }
    TextButton(onClick = onBack) { Text("취소") }
}

/** Never "paid" and never "failed" before it is proved. */
@Composable
internal fun Paying(payment: PaymentView) {
    Text(payment.text.text(language), style = MaterialTheme.typography.headlineSmall)
    if (payment.isFinal) Button(onClick = Session::home) { Text("처음으로") } else CircularProgressIndicator()
}

@Composable
internal fun Receipt(receipt: ReceiptView) {
    Text("영수증", style = MaterialTheme.typography.headlineMedium)
    Text(receipt.merchant)
    Text("${Points(receipt.points).text(language)} + ${Won(receipt.krw).text(language)}")
    HowDoIKnow(receipt.verified)
    receipt.debitAttested?.let { Text("${it.by.text(language)}의 서명") }
    Button(onClick = Session::home) { Text("처음으로") }
}

/** The wallet's own sentence. */
@Composable
internal fun Refusal(refusal: WalletException?) {
    if (refusal != null) Text(refusal.text(language), color = MaterialTheme.colorScheme.error)
}
