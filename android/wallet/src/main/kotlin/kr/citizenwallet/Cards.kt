package kr.citizenwallet

import kr.citizenwallet.ffi.PresentationPick
import kr.citizenwallet.ffi.WalletException
import kr.citizenwallet.ffi.view.AskedView
import kr.citizenwallet.ffi.view.AuthorizationView
import kr.citizenwallet.ffi.view.CardView
import kr.citizenwallet.ffi.view.ClaimView
import kr.citizenwallet.ffi.view.CredentialDetailView
import kr.citizenwallet.ffi.view.CredentialView
import kr.citizenwallet.ffi.view.OfferReviewView
import kr.citizenwallet.ffi.view.PresentationReviewView
import kr.citizenwallet.ffi.view.PresentedView
import kr.citizenwallet.ffi.view.ShowableView

/** An offer of a credential before she accepts it: nothing was received. */
public interface OfferReview : AutoCloseable {
    /** What to show: who issues what, whether the registry proves it, and whether a code is asked for. */
    public val view: OfferReviewView

    /**
     * Takes what is offered; [code] is what she was sent by other means, if the view says that it is needed. The key store makes a key for
     * each copy, and each signs once: the finger is asked once. Once: a second time it fails with [WalletException.Expired], also after a
     * wrong code. Cancelled, nothing is held; what the issuer has begun is awaited ([CitizenWallet.pendingCredentials]) until it is
     * forgotten.
     */
    public suspend fun accept(code: Secret? = null): List<CredentialView>

    /**
     * Begins a sign-in at the issuer's page, if the view says that it needs the browser: open the address of the answer there. It comes
     * back with a link for [CitizenWallet.completeAuthorization], also to an app that was stopped in between. Once, as [accept].
     */
    public suspend fun authorize(): AuthorizationView

    /** Lets go of it; what is forgotten is let go of later. */
    override fun close()
}

/** A credential that this phone holds. */
public interface Credential {
    /** What the wallet calls it: 32 hexadecimal digits, told to nobody. */
    public val id: String

    /** All it says, without asking anybody. Nothing of it if its issuer could not be proved again. */
    public suspend fun detail(): CredentialDetailView

    /** Removes it with its keys. Its issuer hears nothing of it. */
    public suspend fun forget()
}

/** A service that knows her by a key of this phone, which no other service sees. */
public interface Service {
    /** What the wallet calls it: 32 hexadecimal digits, told to nobody. */
    public val id: String

    /** Removes the key. The service hears nothing of it; next time it sees a new person. */
    public suspend fun forget()
}

/** A request for credentials before she answers it: nothing was shown. Presenting or declining takes what is in it, once. */
public interface PresentationReview : AutoCloseable {
    /** What to show: who asks, what for, which claims, and what is optional. */
    public val view: PresentationReviewView

    /** The least that would answer it; nothing if this wallet holds none of it. [answer] says whether it may be shown. */
    public val suggested: List<PresentationPick>?

    /**
     * Shows what was chosen and nothing else; the finger may be asked here. Each copy that is shown is used up. Whom the registry does not
     * have is shown nothing: [WalletException.UnknownParty].
     *
     * @param insist she was told that nobody knows who asks, and wants it all the same: it counts where [WalletConfig.mayInsist] lets her
     * and the view's `canInsist` says so, and stands in the log.
     */
    public suspend fun present(
        picks: List<PresentationPick>,
        insist: Boolean = false,
    ): PresentedView

    /** Shows nothing, and says so to whom the registry has; anybody else hears nothing. */
    public suspend fun decline()

    /** Lets go of it; what is forgotten is let go of later. */
    override fun close()
}

/** What can be answered to a request: which buttons its screen has. */
public sealed interface PresentationAnswer {
    /**
     * It can be shown, if she agrees.
     *
     * @property suggested the least that answers it; [pick] makes others. Nothing of a card where she is asked to sign in and no more.
     */
    public data class Possible(
        val suggested: List<PresentationPick>,
    ) : PresentationAnswer

    /** Whoever asks is not in the registry. Say so; nothing can be shown, and nobody hears that she declines. */
    public data object Stranger : PresentationAnswer

    /** She holds nothing of what is asked for, or nothing that counts. Decline, or say where it is issued. */
    public data object Missing : PresentationAnswer

    /**
     * More is asked for than the registry lets the verifier see. Nothing can be shown; decline, and offer a report.
     *
     * @property claims what goes too far, by its paths.
     */
    public data class Beyond(
        val claims: List<String>,
    ) : PresentationAnswer
}

/** Whether she is asked to sign in and to show nothing: `signIn` says whether the service knows her. */
public val PresentationReviewView.isSignInAlone: Boolean get() = signIn != null && asked.isEmpty()

/** What can be answered. */
public val PresentationReview.answer: PresentationAnswer
    get() {
        if (!view.verifier.isRegistered) return PresentationAnswer.Stranger
        val least = suggested?.takeIf { view.canPresent } ?: return PresentationAnswer.Missing
        val beyond = least.flatMap { view.showable(it)?.beyond.orEmpty() }.distinct()
        return if (beyond.isEmpty()) PresentationAnswer.Possible(least) else PresentationAnswer.Beyond(beyond)
    }

/** What she chooses for this part of a request: a credential, and one of the combinations that the verifier takes. */
public fun AskedView.pick(
    credential: ShowableView,
    combination: List<ClaimView>,
): PresentationPick = PresentationPick(query, credential.credential, combination.map { it.path })

/** Whether the ledger lists this phone's key and lets it be used: proved, never said. */
public val CardView.isActive: Boolean get() = standing == "active"

/** Whether it can be shown: it counts, as far as this phone knows, and a copy is left. */
public val CredentialView.isShowable: Boolean get() = (state == "valid" || state == "unchecked") && copiesLeft > 0UL

private fun PresentationReviewView.showable(pick: PresentationPick) =
    asked.firstOrNull { it.query == pick.query }?.showable?.firstOrNull { it.credential == pick.credential }
