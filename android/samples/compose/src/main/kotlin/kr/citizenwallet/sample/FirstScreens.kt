package kr.citizenwallet.sample

import android.content.Intent
import android.os.Build
import android.provider.Settings
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.material3.Button
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.DisposableEffect
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.unit.dp
import kotlinx.coroutines.delay
import kr.citizenwallet.NextStep
import kr.citizenwallet.Secret
import kr.citizenwallet.android.KeystoreReadiness
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.view.Message
import kr.citizenwallet.next
import kr.citizenwallet.text
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

@Composable
internal fun Starting(refusal: WalletException?) {
    Refusal(refusal)
    if (refusal == null) CircularProgressIndicator() else Button(onClick = Session::start) { Text("다시") }
}

/** What she has to do first, and the way there. */
@Composable
internal fun NotReady(readiness: KeystoreReadiness) {
    val context = LocalContext.current
    Text(
        when (readiness) {
            KeystoreReadiness.READY -> "준비되었습니다."
            KeystoreReadiness.NO_SCREEN_LOCK -> "지갑을 만들려면 먼저 휴대전화에 화면 잠금을 설정해야 합니다."
            KeystoreReadiness.NO_FINGER -> "지갑을 만들려면 먼저 휴대전화에 지문이나 얼굴을 등록해야 합니다."
            KeystoreReadiness.NO_HARDWARE -> "이 휴대전화에는 지문이나 얼굴을 확인하는 장치가 없어 이 앱의 지갑을 만들 수 없습니다."
            KeystoreReadiness.NOT_NOW -> "지문이나 얼굴을 확인하는 장치가 지금 대답하지 않습니다. 잠시 뒤에 다시 해 주세요."
        },
    )
    val canEnrol = readiness == KeystoreReadiness.NO_FINGER && Build.VERSION.SDK_INT >= Build.VERSION_CODES.R
    val settings = if (canEnrol) Settings.ACTION_BIOMETRIC_ENROLL else Settings.ACTION_SECURITY_SETTINGS
    Button(onClick = { context.startActivity(Intent(settings)) }) { Text("설정으로 가기") }
    TextButton(onClick = Session::start) { Text("다시 확인") }
}

/** Digits go into the [Secret] one by one: the PIN is never a text of the app. None is taken while a PIN is tried or there is a wait. */
@Composable
internal fun PinPad(
    screen: Screen.AskPin,
    isBusy: Boolean,
    onPin: (Secret) -> Unit,
) {
    val typing = typing(screen.attempt)
    val left = waiting(screen.refusal)
    val isEnabled = !isBusy && left == Duration.ZERO && typing.length < PIN_LENGTH
    Text(if (screen.isNew) "새 PIN 여섯 자리" else "PIN", style = MaterialTheme.typography.headlineMedium)
    Refusal(screen.refusal)
    if (left > Duration.ZERO) Text("${left.inWholeSeconds}초 뒤에 다시 할 수 있습니다.")
    Dots(typing)
    for (row in listOf("123", "456", "789", "0")) {
        Row(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
            for (digit in row) {
                Button(
                    onClick = {
                        typing.change { push(digit) }
                        if (typing.secret.length == PIN_LENGTH) onPin(typing.secret)
                    },
                    enabled = isEnabled,
                ) { Text("$digit") }
            }
        }
    }
    TextButton(onClick = { typing.change { pop() } }, enabled = isEnabled && typing.length > 0) { Text("지우기") }
}

/** How long she still has to wait after wrong PINs. */
@Composable
private fun waiting(refusal: WalletException?): Duration {
    var left by remember(refusal) { mutableStateOf((refusal?.next as? NextStep.AskPin)?.wait ?: Duration.ZERO) }
    LaunchedEffect(refusal) {
        while (left > Duration.ZERO) {
            delay(1.seconds)
            left = (left - 1.seconds).coerceAtLeast(Duration.ZERO)
        }
    }
    return left
}

/** The code is drawn character by character; the array is wiped with the screen. */
@Composable
internal fun RecoveryCode(code: Secret) {
    Text("이 복구 코드를 종이에 적어 두세요. 다음 화면에서 종이를 보고 다시 입력합니다.")
    val characters = remember(code) { code.characters() }
    DisposableEffect(characters) { onDispose { characters.fill('\u0000') } }
    for (start in characters.indices step ROW) {
        Row {
            for (at in start until minOf(start + ROW, characters.size)) {
                Text("${characters[at]}", style = MaterialTheme.typography.titleLarge)
            }
        }
    }
    Button(onClick = Session::writtenDown) { Text("적었습니다") }
    TextButton(onClick = Session::lostPhone) { Text("휴대전화를 잃어버리셨나요? 그 계정 멈추기") }
}

/** From the paper: what she cannot type now, she has not written down. */
@Composable
internal fun TypeAgain(
    screen: Screen.TypeAgain,
    isBusy: Boolean,
) {
    val typing = typing(screen.attempt)
    Text("종이에 적은 복구 코드를 입력해 주세요.")
    if (screen.isWrong) Text("적어 둔 코드와 다릅니다.", color = MaterialTheme.colorScheme.error)
    Refusal(screen.refusal)
    SecretField("복구 코드", typing, isEnabled = !isBusy)
    Button(onClick = { Session.typedAgain(typing.secret) }, enabled = !isBusy && typing.length > 0) { Text("계정 열기") }
    TextButton(onClick = { Session.lookAgain() }, enabled = !isBusy) { Text("코드 다시 보기") }
}

/** With the lost phone's own code, from its paper. It works from any wallet: a new phone's, a friend's. */
@Composable
internal fun LostPhone(
    screen: Screen.LostPhone,
    isBusy: Boolean,
) {
    val typing = typing(screen.attempt)
    Text("잃어버린 휴대전화 멈추기", style = MaterialTheme.typography.headlineMedium)
    Text("그 휴대전화의 복구 코드를 입력하면 그 계정이 멈춥니다. 아무도 결제하거나 보여 줄 수 없고, 같은 코드로 다시 엽니다.")
    Refusal(screen.refusal)
    SecretField("복구 코드", typing, isEnabled = !isBusy)
    Button(onClick = { Session.freeze(typing.secret) }, enabled = !isBusy && typing.length > 0) { Text("계정 멈추기") }
    TextButton(onClick = { Session.own() }, enabled = !isBusy) { Text("돌아가기") }
}

/** The wallet's own sentence: the ledger has stopped it, or why it has not. */
@Composable
internal fun Stopped(text: Message) {
    Text(text.text(language), style = MaterialTheme.typography.headlineSmall)
    Button(onClick = { Session.own() }) { Text("확인") }
}

private const val PIN_LENGTH = 6

/** Characters in a row: two groups and their hyphens. */
private const val ROW = 10
