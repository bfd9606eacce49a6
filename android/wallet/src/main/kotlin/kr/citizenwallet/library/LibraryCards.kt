package kr.citizenwallet.library

import kr.citizenwallet.Credential
import kr.citizenwallet.OfferReview
import kr.citizenwallet.PresentationReview
import kr.citizenwallet.Secret
import kr.citizenwallet.Service
import kr.citizenwallet.ffi.PresentationPick
import kr.citizenwallet.ffi.view.AuthorizationView
import kr.citizenwallet.ffi.view.CredentialDetailView
import kr.citizenwallet.ffi.view.CredentialView
import kr.citizenwallet.ffi.view.OfferReviewView
import kr.citizenwallet.ffi.view.PresentationReviewView
import kr.citizenwallet.ffi.view.PresentedView

internal class LibraryOfferReview(
    private val wallet: LibraryWallet,
    review: kr.citizenwallet.ffi.OfferReview,
) : OfferReview {
    private val held = Held(review, "offer")

    override val view: OfferReviewView = review.view()

    override suspend fun accept(code: Secret?): List<CredentialView> =
        held.lend { review -> code.lendIfAny { code -> wallet.quietly { acceptOffer(review, code) } } }

    override suspend fun authorize(): AuthorizationView = held.lend { review -> wallet.quietly { authorizeOffer(review) } }

    override fun close(): Unit = held.close()

    /** Hands it to a call, if there is one. */
    private inline fun <R> Secret?.lendIfAny(use: (kr.citizenwallet.ffi.Secret?) -> R): R = if (this == null) use(null) else lend(use)
}

internal class LibraryCredential(
    private val wallet: LibraryWallet,
    override val id: String,
) : Credential {
    override suspend fun detail(): CredentialDetailView = wallet.ask { credential(id) }

    override suspend fun forget(): Unit = wallet.quietly { forgetCredential(id) }
}

internal class LibraryService(
    private val wallet: LibraryWallet,
    override val id: String,
) : Service {
    override suspend fun forget(): Unit = wallet.quietly { forgetService(id) }
}

internal class LibraryPresentationReview(
    private val wallet: LibraryWallet,
    review: kr.citizenwallet.ffi.PresentationReview,
) : PresentationReview {
    private val held = Held(review, "request")

    override val view: PresentationReviewView = review.view()

    override val suggested: List<PresentationPick>? = review.suggested()

    override suspend fun present(
        picks: List<PresentationPick>,
        insist: Boolean,
    ): PresentedView = held.lend { review -> wallet.quietly { presentCredentials(review, picks, insist) } }

    override suspend fun decline(): Unit = held.lend { review -> wallet.quietly { declinePresentation(review) } }

    override fun close(): Unit = held.close()
}
