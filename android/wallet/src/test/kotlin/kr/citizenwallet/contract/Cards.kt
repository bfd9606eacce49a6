package kr.citizenwallet.contract

import kotlinx.coroutines.delay
import kr.citizenwallet.CitizenWallet
import kr.citizenwallet.PresentationReview
import kr.citizenwallet.Submission
import kr.citizenwallet.ffi.PresentationPick
import kr.citizenwallet.ffi.view.AuthorizationView
import kr.citizenwallet.ffi.view.CardView
import kr.citizenwallet.ffi.view.CredentialDetailView
import kr.citizenwallet.ffi.view.CredentialEventView
import kr.citizenwallet.ffi.view.CredentialView
import kr.citizenwallet.ffi.view.CustodyView
import kr.citizenwallet.ffi.view.OfferReviewView
import kr.citizenwallet.ffi.view.PendingCredentialView
import kr.citizenwallet.ffi.view.PresentationReviewView
import kr.citizenwallet.ffi.view.ServiceView
import kr.citizenwallet.secretOf
import kotlin.time.Duration.Companion.milliseconds

/** Between two questions of a word that asks until something has come about. */
private val pause = 300.milliseconds

/** Does what a word of the card says; nothing if it is none. */
internal suspend fun speakOfCard(
    phone: ContractPhone,
    wallet: CitizenWallet,
    word: String,
    with: With,
): Fields? =
    when (word) {
        "card" -> told(wallet.card())
        "rotate-card" -> told(wallet.rotateCard())
        "custody" -> told(wallet.custody())
        "freeze" -> told(wallet.freeze(had(phone.recovery, "recovery code")))
        "unfreeze" -> told(wallet.unfreeze(had(phone.recovery, "recovery code")))
        "object-to-recovery" -> told(wallet.objectToRecovery())
        "credentials" -> held(wallet.credentials())
        "refresh-credentials" -> held(wallet.refreshCredentials())
        "await-credential" -> held(awaitCredential(wallet, with.text("state")))
        "credential" -> told(wallet.credential(with.text("credential")).detail())
        "forget-credential" -> emptyMap<String, String>().also { wallet.credential(with.text("credential")).forget() }
        "services" -> services(wallet.services())
        "forget-service" -> emptyMap<String, String>().also { wallet.service(with.text("service")).forget() }
        "credential-log" -> log(wallet.credentialLog(), with.optional("kind"))
        else -> review(phone, wallet, word, with) ?: awaited(wallet, word, with) ?: recover(phone, wallet, word, with)
    }

/** Until the first that is held is so: a list takes a moment to be anchored. */
private suspend fun awaitCredential(
    wallet: CitizenWallet,
    state: String,
): List<CredentialView> {
    while (true) {
        val views = wallet.refreshCredentials()
        if (views.firstOrNull()?.state == state) return views
        delay(pause)
    }
}

/** What she accepted and has not got. */
private suspend fun awaited(
    wallet: CitizenWallet,
    word: String,
    with: With,
): Fields? =
    when (word) {
        "pending-credentials" -> awaited(wallet.pendingCredentials())
        "forget-pending" -> emptyMap<String, String>().also { wallet.forgetPending(with.text("pending")) }
        else -> null
    }

/** What makes or takes a review in the hand. */
private suspend fun review(
    phone: ContractPhone,
    wallet: CitizenWallet,
    word: String,
    with: With,
): Fields? =
    when (word) {
        "review-offer" -> {
            told(wallet.reviewOffer(with.text("text")).also { phone.offer = it }.view)
        }

        "accept-offer" -> {
            val code = with.optional("code")?.let { secretOf(it.toCharArray()) }
            held(had(phone.offer, "offer").accept(code))
        }

        "authorize-offer" -> {
            told(had(phone.offer, "offer").authorize())
        }

        "pending-authorization" -> {
            val waiting = wallet.pendingAuthorization()
            mapOf("waits" to "${waiting != null}") + waiting?.let(::told).orEmpty()
        }

        "complete-authorization" -> {
            held(wallet.completeAuthorization(with.text("text")))
        }

        "cancel-authorization" -> {
            emptyMap<String, String>().also { wallet.cancelAuthorization() }
        }

        "review-presentation" -> {
            told(wallet.reviewPresentation(with.text("text")).also { phone.request = it }.view)
        }

        "present" -> {
            val request = had(phone.request, "request")
            mapOf("text_ko" to request.present(picks(request, with.optional("claims"))).text.ko)
        }

        "decline-presentation" -> {
            emptyMap<String, String>().also { had(phone.request, "request").decline() }
        }

        else -> {
            null
        }
    }

/** What is suggested; with other claims, if the step names some. */
private fun picks(
    request: PresentationReview,
    claims: String?,
): List<PresentationPick> {
    val suggested = request.suggested.orEmpty()
    return if (claims == null) suggested else suggested.map { it.copy(claims = claims.split(", ")) }
}

internal suspend fun told(submission: Submission): Fields = submission.view().run { mapOf("id" to id, "state" to state) }

private fun told(view: CardView): Fields =
    mapOf(
        "standing" to view.standing,
        "epoch" to "${view.epoch}",
        "did" to view.did,
        "credentials" to "${view.credentials}",
        "signers" to "${view.verified.signers}",
    )

private fun told(view: CustodyView): Fields =
    mapOf("state" to view.state, "frozen" to "${view.isFrozen}", "can_object" to "${view.canObject}")

private fun told(view: OfferReviewView): Fields =
    mapOf(
        "issuer" to view.issuer.name.ko,
        "registered" to "${view.issuer.isRegistered}",
        "types" to view.credentials.mapNotNull { it.vct }.joinToString(),
        "needs_code" to "${view.needsCode}",
        "needs_browser" to "${view.needsBrowser}",
        "can_accept" to "${view.canAccept}",
    )

private fun told(view: AuthorizationView): Fields =
    mapOf("issuer" to view.issuer.ko, "address" to view.address, "host" to view.host, "can_open" to "${view.canOpen}")

/** How many there are, and the first of them. */
private fun held(views: List<CredentialView>): Fields = mapOf("count" to "${views.size}") + views.firstOrNull()?.let(::told).orEmpty()

private fun told(view: CredentialView): Fields =
    mapOf(
        "credential" to view.id,
        "type" to view.vct,
        "state" to view.state,
        "copies" to "${view.copiesLeft}",
    ) + optional("issuer", view.issuer?.ko)

/** How many there are, and the first of them. */
private fun awaited(views: List<PendingCredentialView>): Fields =
    mapOf("count" to "${views.size}") +
        views
            .firstOrNull()
            ?.run { mapOf("pending" to id, "state" to state, "types" to vcts.joinToString(), "issuer" to issuer.ko) }
            .orEmpty()

/** With every claim that she may show, under its path. */
private fun told(view: CredentialDetailView): Fields =
    told(view.credential) + mapOf("open" to "${view.open.size}") + view.disclosable.associate { it.path to it.value }

private fun told(view: PresentationReviewView): Fields {
    val first =
        view.asked.mapNotNull { part ->
            part.showable
                .firstOrNull()
                ?.combinations
                ?.firstOrNull()
        }
    return mapOf(
        "verifier" to view.verifier.name.ko,
        "host" to view.verifier.host,
        "registered" to "${view.verifier.isRegistered}",
        "can_present" to "${view.canPresent}",
        "claims" to first.flatten().joinToString { "${it.path} = ${it.value}" },
    ) + optional("claimed", view.claimedName) + optional("purpose", view.purposes.firstOrNull()?.ko) +
        optional("sign_in", view.signIn?.run { if (isKnown) "again" else "first" })
}

/** How many there are, and the first of them. */
private fun services(views: List<ServiceView>): Fields =
    mapOf("count" to "${views.size}") +
        views.firstOrNull()?.run { mapOf("service" to id, "name" to service.ko, "host" to host) }.orEmpty()

/** How many lines there are, and the last of them, or of those of a kind. */
private fun log(
    lines: List<CredentialEventView>,
    kind: String?,
): Fields {
    val last = lines.lastOrNull { kind == null || it.kind == kind } ?: return mapOf("lines" to "0")
    return mapOf("lines" to "${lines.size}", "kind" to last.kind, "claims" to last.claims.joinToString()) +
        optional("party", last.party?.ko) + optional("host", last.host) + optional("type", last.vct) +
        optional("purpose", last.purpose?.ko)
}
