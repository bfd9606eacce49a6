package kr.citizenwallet.sample

import kotlinx.coroutines.delay
import kr.citizenwallet.CitizenWallet
import kr.citizenwallet.Poll
import kr.citizenwallet.ffi.view.RegistrationReviewView
import kr.citizenwallet.secretOf
import java.io.File
import kotlin.system.exitProcess
import kotlin.time.Duration.Companion.seconds

/**
 * Registers for a poll of a sandbox city: `RegisterKt CITY_URL TRUST_FILE FOLDER POLL [OFFER CODE]`. With an offer of the citizen card,
 * and the code that came by letter, the card is received first. It shows who asks for what, and reads a line: `y` approves it.
 */
fun main(arguments: Array<String>) {
    if (arguments.size != 4 && arguments.size != 6) {
        System.err.println("usage: CITY_URL TRUST_FILE FOLDER POLL [OFFER CODE]")
        exitProcess(64)
    }
    val config = configOf(arguments[0], trustFile = File(arguments[1]), folder = File(arguments[2]))
    orRefused {
        wallet(config).use { wallet ->
            if (arguments.size == 6) receive(wallet, offer = arguments[4], code = arguments[5])
            register(wallet.poll(arguments[3]))
            wallet.release()
        }
    }
}

private suspend fun receive(
    wallet: CitizenWallet,
    offer: String,
    code: String,
) = wallet.reviewOffer(offer).use { review ->
    println("발급: ${review.view.issuer.name.ko}")
    secretOf(code.toCharArray()).use { review.accept(it) }
}

private suspend fun register(poll: Poll) =
    poll.reviewRegistration().use { review ->
        show(review.view)
        println("등록할까요? (y/n)")
        if (readlnOrNull() != "y") {
            println("아무것도 보여 주지 않았습니다.")
            return@use
        }
        var registration = review.register()
        while (registration.state == "registering") {
            // One that was down, or is at work, is asked again: she has approved it.
            delay(1.seconds)
            registration = poll.register()
        }
        for (registrar in registration.registrars) println("  ${registrar.name.ko}: ${(registrar.reason ?: registrar.text).ko}")
        println(registration.text.ko)
    }

/** Who asks for what. Nothing has happened yet. */
private fun show(review: RegistrationReviewView) {
    println("투표: ${review.title.ko} (${review.electorateName.ko})")
    println(review.text.ko)
    review.card?.let { card -> println("보여 줄 항목: ${card.claims.joinToString()}") }
    for (registrar in review.registrars) println("  ${registrar.name.ko}: ${registrar.text.ko}")
}
