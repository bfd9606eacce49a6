package kr.citizenwallet.sample

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.tooling.preview.Preview
import androidx.compose.ui.unit.dp
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.preview
import kr.citizenwallet.ffi.view.PreviewState
import kr.citizenwallet.ffi.view.PreviewViews

// Screens over the views of the preview wallet, which are made in Rust: "Run Preview" draws them on a phone or an emulator: Android
// Studio's own drawing loads no native library of a phone. They need the debug library of `cargo xtask package android --preview`.

@Preview
@Composable
private fun HomeOnAnOrdinaryDay() = Drawn(PreviewState.ORDINARY) { Home(home.balance, refusal = null) }

@Preview
@Composable
private fun HomeOfAnHourAgo() = Drawn(PreviewState.STALE) { Home(home.balance, refusal = null) }

@Preview
@Composable
private fun HomeWithASilentBank() = Drawn(PreviewState.BANK_SILENT) { Home(home.balance, refusal = null) }

@Preview
@Composable
private fun HomeLoading() = Drawn(PreviewState.ORDINARY) { Home(balance = null, refusal = null) }

@Preview
@Composable
private fun HomeAfterARefusal() = Drawn(PreviewState.REFUSED) { Home(home.balance, preview(PreviewState.REFUSED).refusal) }

@Preview(fontScale = 2f)
@Composable
private fun ReviewWithLongNames() = Drawn(PreviewState.LONG_NAMES) { Review(review, onApprove = {}, onBack = {}) }

@Preview
@Composable
private fun PaymentBeingChecked() = Drawn(PreviewState.PENDING) { Paying(payments.last()) }

@Preview
@Composable
private fun CardsOnAnOrdinaryDay() = Drawn(PreviewState.ORDINARY) { Cards(drawn()) }

@Preview
@Composable
private fun CardsOfWhichOneIsAwaited() = Drawn(PreviewState.ISSUANCE_PENDING) { Cards(drawn()) }

@Preview
@Composable
private fun CardsLastLookedAtDaysAgo() = Drawn(PreviewState.CARD_FEW) { Cards(drawn()) }

@Preview
@Composable
private fun CardsNeverLookedAt() = Drawn(PreviewState.STALE) { Cards(drawn()) }

@Preview
@Composable
private fun CardsRevoked() = Drawn(PreviewState.CARD_REVOKED) { Cards(drawn()) }

@Preview
@Composable
private fun LostPhoneBeforeThereIsAnAccount() = Drawn(PreviewState.EMPTY) { LostPhone(Screen.LostPhone(attempt = 0), isBusy = false) }

@Preview
@Composable
private fun LostPhoneWithoutAConnection() =
    Drawn(PreviewState.EMPTY) { LostPhone(Screen.LostPhone(attempt = 0, WalletException.Offline(false)), isBusy = false) }

private fun PreviewViews.drawn() = cards.run { Screen.Cards(card, held.map { it.credential }, pending, log) }

@Composable
private fun Drawn(
    state: PreviewState,
    screen: @Composable PreviewViews.() -> Unit,
) {
    MaterialTheme {
        Surface {
            Column(Modifier.padding(24.dp), verticalArrangement = Arrangement.spacedBy(16.dp)) { preview(state).views.screen() }
        }
    }
}
