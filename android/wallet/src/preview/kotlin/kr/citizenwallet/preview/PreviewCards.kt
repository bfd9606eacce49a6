package kr.citizenwallet.preview

import kr.citizenwallet.Credential
import kr.citizenwallet.OfferReview
import kr.citizenwallet.PresentationReview
import kr.citizenwallet.Secret
import kr.citizenwallet.Service
import kr.citizenwallet.ffi.PresentationPick
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.preview
import kr.citizenwallet.ffi.view.AuthorizationView
import kr.citizenwallet.ffi.view.CredentialDetailView
import kr.citizenwallet.ffi.view.CredentialView
import kr.citizenwallet.ffi.view.OfferReviewView
import kr.citizenwallet.ffi.view.PresentationReviewView
import kr.citizenwallet.ffi.view.PresentedView
import kr.citizenwallet.ffi.view.PreviewState
import kr.citizenwallet.isSignInAlone
import kr.citizenwallet.pick

internal class PreviewOfferReview(
    private val wallet: PreviewWallet,
) : OfferReview {
    override val view: OfferReviewView get() = wallet.views.cards.offer
    private var isUsed = false

    /** What an ordinary day brings. */
    override suspend fun accept(code: Secret?): List<CredentialView> =
        wallet.unlessRefused(PreviewWallet.RECEIVING) {
            if (isUsed) throw WalletException.Expired("review")
            isUsed = true
            if (view.needsBrowser) throw WalletException.Invalid("browser-needed")
            if (view.needsCode && (code == null || code.length == 0)) throw WalletException.Invalid("transaction-code")
            if (code?.reads(PreviewWallet.WRONG_PIN) == true) throw WalletException.Refused("issuer", "code-wrong")
            preview(PreviewState.ORDINARY)
                .views.cards.held
                .map { it.credential }
        }

    override suspend fun authorize(): AuthorizationView =
        wallet.unlessRefused(PreviewWallet.RECEIVING) {
            if (isUsed) throw WalletException.Expired("review")
            isUsed = true
            wallet.views.cards.authorization ?: throw WalletException.Invalid("offer-kind")
        }

    override fun close(): Unit = Unit
}

internal class PreviewCredential(
    private val wallet: PreviewWallet,
    override val id: String,
) : Credential {
    override suspend fun detail(): CredentialDetailView =
        wallet.answer {
            val held =
                wallet.views.cards.held
                    .firstOrNull { it.credential.id == id } ?: throw WalletException.Invalid("credential-unknown")
            if (held.credential.state == "unproved") throw WalletException.Unverified("registry", "phone")
            held
        }

    override suspend fun forget(): Unit = wallet.answer { }
}

internal class PreviewService(
    private val wallet: PreviewWallet,
    override val id: String,
) : Service {
    override suspend fun forget(): Unit =
        wallet.answer {
            val known = wallet.views.cards.services
            if (known.none { it.id == id }) throw WalletException.Invalid("service-unknown")
        }
}

internal class PreviewPresentationReview(
    private val wallet: PreviewWallet,
) : PresentationReview {
    override val view: PresentationReviewView get() = wallet.views.cards.request
    override val suggested: List<PresentationPick>? get() = least(view)
    private var isUsed = false

    override suspend fun present(
        picks: List<PresentationPick>,
        insist: Boolean,
    ): PresentedView =
        wallet.unlessRefused(PreviewWallet.PRESENTING) {
            use()
            val isNothing = picks.isEmpty() && !view.isSignInAlone
            if (!view.canPresent || isNothing || !picks.all(::isAskedFor)) throw WalletException.Invalid("selection")
            wallet.views.cards.presented
        }

    override suspend fun decline(): Unit = wallet.answer { use() }

    override fun close(): Unit = Unit

    private fun use() {
        if (isUsed) throw WalletException.Expired("review")
        isUsed = true
    }

    private fun isAskedFor(pick: PresentationPick) =
        view.asked.any { part -> part.showable.any { own -> own.combinations.any { part.pick(own, it) == pick } } }
}

/** Of each part that cannot be left out the first of the first; nothing if one has none. */
private fun least(request: PresentationReviewView): List<PresentationPick>? {
    val parts = request.asked.filterNot { it.isOptional }
    val picks = parts.mapNotNull { part -> part.showable.firstOrNull()?.let { part.pick(it, it.combinations.first()) } }
    return picks.takeIf { it.size == parts.size }
}
