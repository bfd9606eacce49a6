package kr.citizenwallet.sample

import androidx.compose.foundation.layout.Row
import androidx.compose.material3.Button
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.RadioButton
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.text.font.FontFamily
import kr.citizenwallet.choose
import kr.citizenwallet.ffi.view.BallotReviewView
import kr.citizenwallet.ffi.view.CountedView
import kr.citizenwallet.ffi.view.OpenedBallotView
import kr.citizenwallet.ffi.view.OptionView
import kr.citizenwallet.ffi.view.PollView
import kr.citizenwallet.ffi.view.RegistrationReviewView
import kr.citizenwallet.ffi.view.RegistrationView
import kr.citizenwallet.ffi.view.VoteView
import kr.citizenwallet.isByCard
import kr.citizenwallet.isFinal
import kr.citizenwallet.text

@Composable
internal fun Polls(polls: List<PollView>?) {
    Text("투표", style = MaterialTheme.typography.headlineMedium)
    if (polls == null) CircularProgressIndicator()
    for (poll in polls.orEmpty()) {
        TextButton(onClick = { Session.ask(poll) }) { Text("${poll.title.text(language)}: ${poll.standingText.text(language)}") }
    }
    TextButton(onClick = Session::home) { Text("처음으로") }
}

/** A poll with one question in which one option is chosen. What must be said is said before she decides. */
@Composable
internal fun Question(
    poll: PollView,
    registration: RegistrationView?,
) {
    var chosen by remember(poll.id) { mutableStateOf<OptionView?>(null) }
    val question = poll.contests.first()
    Text(poll.title.text(language), style = MaterialTheme.typography.headlineMedium)
    Text(poll.text.text(language))
    for (notice in poll.notices) Text(notice.text(language), style = MaterialTheme.typography.bodySmall)
    HowDoIKnow(poll.verified)
    if (poll.standing == "unregistered") {
        Button(onClick = { Session.reviewRegistration(poll) }) { Text("등록하기") }
        return
    }
    for (registrar in registration?.registrars.orEmpty()) {
        Text("${registrar.name.text(language)}: ${(registrar.reason ?: registrar.text).text(language)}")
    }
    if (registration?.state == "registering") TextButton(onClick = { Session.goOn(poll) }) { Text("답하지 않은 등록소에 다시 묻기") }
    Text(question.question.text(language))
    for (option in question.options) {
        Row {
            RadioButton(selected = chosen == option, onClick = { chosen = option })
            Text(option.name.text(language))
        }
    }
    Button(
        onClick = { chosen?.let { Session.choose(poll, question.choose(it)) } },
        enabled = poll.open && chosen != null,
    ) { Text("투표용지 만들기") }
    TextButton(onClick = Session::polls) { Text("뒤로") }
}

/** Who asks for what, before anything is shown: what of the card, if it is by that, and to which registrars. */
@Composable
internal fun Registration(
    review: RegistrationReviewView,
    onApprove: () -> Unit,
) {
    Text(review.title.text(language), style = MaterialTheme.typography.headlineMedium)
    Text(review.electorateName.text(language))
    Text(review.text.text(language))
    review.card?.let { card -> Text("보여 줄 항목: ${card.claims.joinToString()}") }
    for (registrar in review.registrars) Text("${registrar.name.text(language)}: ${registrar.text.text(language)}")
    Button(onClick = onApprove) { Text(if (review.isByCard) "시민카드를 보여 주고 등록하기" else "등록하기") }
    TextButton(onClick = Session::polls) { Text("그만두기") }
}

/** Nothing was sent. A check is one tap. */
@Composable
internal fun Ballot(
    ballot: BallotReviewView,
    onCast: () -> Unit,
    onCheck: () -> Unit,
) {
    Text(ballot.title.text(language), style = MaterialTheme.typography.headlineMedium)
    for (choice in ballot.choices) Text(choice.chosen.joinToString { it.text(language) })
    Text(
        ballot.fingerprint.chunked(GROUP).joinToString(" "),
        Modifier.clearAndSetSemantics { contentDescription = ballot.spoken.text(language) },
        fontFamily = FontFamily.Monospace,
    )
    Text(ballot.question.text(language))
    Button(onClick = onCast) { Text("투표하기") }
    if (ballot.checksLeft > 0u) TextButton(onClick = onCheck) { Text("열어서 확인하기") }
    TextButton(onClick = Session::polls) { Text("그만두기") }
}

/** What the second device scans or is typed. */
@Composable
internal fun Opened(ballot: OpenedBallotView) {
    Text(ballot.text.text(language))
    for (choice in ballot.choices) Text(choice.chosen.joinToString { it.text(language) })
    Text(ballot.opening, fontFamily = FontFamily.Monospace)
    Button(onClick = Session::polls) { Text("돌아가기") }
}

/** It never says for what. */
@Composable
internal fun Voting(
    vote: VoteView,
    counted: CountedView?,
) {
    Text(vote.text.text(language), style = MaterialTheme.typography.headlineSmall)
    vote.hint?.let { Text(it.text(language), color = MaterialTheme.colorScheme.error) }
    if (counted != null) {
        Text(counted.text.text(language))
        HowDoIKnow(counted.verified)
    }
    if (!vote.isFinal) CircularProgressIndicator()
    TextButton(onClick = Session::polls) { Text("돌아가기") }
}

private const val GROUP = 4
