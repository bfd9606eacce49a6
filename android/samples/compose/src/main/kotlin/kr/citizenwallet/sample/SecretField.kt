package kr.citizenwallet.sample

import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.DisposableEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableIntStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.text.input.KeyboardCapitalization
import androidx.compose.ui.text.input.KeyboardType
import kr.citizenwallet.Secret

/** What she types and nobody keeps: the secret, and how long it is, for the dots. */
internal class Typing(
    val secret: Secret,
    val length: Int,
    val change: (Secret.() -> Unit) -> Unit,
)

/** An empty secret, and a new one for each [attempt]. Whoever it is handed to closes it too: twice is fine. */
@Composable
internal fun typing(attempt: Int = 0): Typing {
    val secret = remember(attempt) { Secret() }
    var length by remember(attempt) { mutableIntStateOf(0) }
    DisposableEffect(secret) { onDispose { secret.close() } }
    return Typing(secret, length) { change ->
        secret.change()
        length = secret.length
    }
}

@Composable
internal fun Dots(typing: Typing) {
    Text("●".repeat(typing.length), Modifier.clearAndSetSemantics { contentDescription = "${typing.length} 자리 입력됨" })
}

/** A field that is always empty: each character that comes out of the keyboard goes into the secret, and no text holds the whole. */
@Composable
internal fun SecretField(
    label: String,
    typing: Typing,
    isEnabled: Boolean,
) {
    Dots(typing)
    OutlinedTextField(
        value = "",
        onValueChange = { typed -> typing.change { for (character in typed) push(character) } },
        label = { Text(label) },
        enabled = isEnabled,
        singleLine = true,
        keyboardOptions =
            KeyboardOptions(
                capitalization = KeyboardCapitalization.Characters,
                autoCorrectEnabled = false,
                keyboardType = KeyboardType.Password,
            ),
    )
    TextButton(onClick = { typing.change { pop() } }, enabled = isEnabled && typing.length > 0) { Text("한 글자 지우기") }
}
