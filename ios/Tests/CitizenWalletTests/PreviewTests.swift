import CitizenContract
import CitizenWallet
import Foundation
import Testing

/// A wallet for designing, behind the same protocol.
@Suite struct PreviewTests {
    @Test(arguments: PreviewState.all) func everyStateCanBeDrawn(_ state: PreviewState) async throws {
        let wallet: any Wallet = PreviewWallet(state)
        let home = try await wallet.home()
        #expect(try await wallet.balance() == home.balance)
        let code = try await wallet.scan("https://example.org")
        do throws(WalletError) {
            let review = try await wallet.reviewPayment(of: code)
            #expect(!review.spoken.ko.isEmpty && !review.spoken.en.isEmpty)
        } catch {
            #expect(error.text(.korean) != error.text(.english))
        }
        for payment in try await wallet.payments() {
            var last: PaymentView?
            for try await state in payment.states { last = state }
            #expect(last == payment.view)
        }
        for try await balance in wallet.balances {
            #expect(balance == home.balance)
            break
        }
        await wallet.release()
    }

    @Test func theStatesAreWhatTheirNamesSay() async throws {
        #expect(try await PreviewWallet(.empty).payments().isEmpty)
        #expect(try await PreviewWallet(.stale).balance().points.freshness == .stale)
        #expect(try await PreviewWallet(.bankSilent).balance().won == nil)
        #expect(try await PreviewWallet(.pending).payments().contains { !$0.progress.isFinal })
        #expect(try await PreviewWallet(.fenced).account().fencedSince != nil)
        #expect(try await PreviewWallet(.codeShown).codes().count == 1)
        #expect(try await PreviewWallet(.longNames).scan("x").merchant.name.map { $0.count > 20 } == true)
        let refused = PreviewWallet(.notEnough)
        let code = try await refused.scan("x")
        await #expect(throws: WalletError.self) { try await refused.reviewPayment(of: code) }
    }

    @Test func aPollIsDrawnInEveryStateOfAVote() async throws {
        #expect(try await PreviewWallet(.empty).polls().isEmpty)
        let open = try await poll(.ordinary)
        await #expect(throws: WalletError.Invalid(reason: "not-registered")) { try await open.vote() }
        #expect(try await open.register().complete)
        #expect(try await poll(.pollRefused).register().state == "refused")

        let registered = try await poll(.registered)
        let question = try #require(registered.contests.first)
        let ballot = try await registered.reviewBallot(question.choose(question.options[0]))
        #expect(try await ballot.check().fingerprint == ballot.fingerprint)
        #expect(try await ballot.cast().state == "promised")

        #expect(try await !poll(.ballotSent).vote().isFinal)
        let voted = try await poll(.voted)
        var last: VoteView?
        for try await state in voted.states { last = state }
        #expect(last?.isPlaced == true)
        #expect(try await voted.receipt().fingerprint == last?.fingerprint)
        #expect(try await voted.verifyCounted().counted)
        await #expect(throws: WalletError.Invalid(reason: "poll-open")) { try await voted.verify() }
        let over = try await poll(.pollOver)
        #expect(try await over.verify().ok)
        await #expect(throws: WalletError.Refused(by: "ledger", reason: "poll-time")) { try await over.reviewBallot() }
    }

    @Test func aRegistrationIsReviewedByTheCardAndByTheAccount() async throws {
        let review = try await poll(.ordinary).reviewRegistration()
        let shown = try #require(review.card)
        #expect(review.isByCard && shown.claims == ["voter"])
        #expect(try await card(.ordinary).id == shown.credential)
        #expect(review.registrars.map(\.answers) == [true, true, true])
        #expect(try await review.register().complete)
        for state in [PreviewState.cardNeeded, .cardExpired, .cardRevoked] {
            let review = try await poll(state).reviewRegistration()
            #expect(review.by == "account" && review.card == nil && !review.isByCard)
        }
        #expect(try await poll(.longNames).reviewRegistration().registrars.filter { !$0.answers }.count == 1)
        #expect(try await poll(.pollRefused).reviewRegistration().register().state == "refused")
    }

    @Test func pollsAreDrawnByHowNearTheyAre() async throws {
        for state in PreviewState.all {
            let wallet = PreviewWallet(state)
            let polls = try await wallet.pollsNear()
            #expect(try await wallet.polls().map(\.view) == (polls.near + polls.city + polls.elsewhere).map(\.view))
        }
        let near = try await PreviewWallet(.ordinary).pollsNear()
        #expect(near.district == "마포구" && near.whence == "credential" && near.near.count == 1)
        #expect(near.near.first?.electorates.first?.districts == ["마포구"])
        let unknown = try await PreviewWallet(.cardNeeded).pollsNear()
        #expect(unknown.district == nil && unknown.whence == "unknown" && unknown.elsewhere.count == 1)
    }

    @Test(arguments: PreviewState.all) func aCardAnOfferAndARequestAreDrawnInEveryState(_ state: PreviewState) async throws {
        let wallet: any Wallet = PreviewWallet(state)
        let held = try await wallet.credentials()
        #expect(try await wallet.card().credentials == UInt64(held.count))
        for try await views in wallet.heldCredentials {
            #expect(views == held.map(\.view))
            break
        }
        let log = try await wallet.credentialLog()
        for try await lines in wallet.credentialEvents {
            #expect(lines == log)
            break
        }
        let request = try await wallet.reviewPresentation("openid4vp://?client_id=x")
        if case .possible(let picks) = request.answer, state != .stale, try await wallet.card().isActive {
            #expect(try await request.present(picks).text.ko.contains(request.verifier.name.ko))
        } else {
            await #expect(throws: WalletError.self) { try await request.present(request.suggested ?? []) }
        }
        await wallet.release()
    }

    @Test func eachStateOfACardIsWhatItsNameSays() async throws {
        #expect(try await PreviewWallet(.empty).credentials().isEmpty)
        #expect(try await card(.ordinary).isShowable)
        #expect(try await card(.cardFew).needsRefill)
        for state in [PreviewState.cardExpired, .cardRevoked, .cardUnproved] {
            #expect(try await !card(state).isShowable)
            #expect(try await request(state).answer == .missing)
        }
        await #expect(throws: WalletError.Unverified(what: "registry", origin: "phone")) {
            try await card(.cardUnproved).detail()
        }
        #expect(try await request(.requestUnknown).answer == .stranger)
        #expect(try await request(.requestUnanswerable).answer == .missing)
        #expect(try await request(.requestBeyond).answer == .beyond(["birthdate"]))
        let optional = try await request(.requestOptional)
        let picks = optional.asked.map { $0.pick($0.showable[0], $0.showable[0].combinations.last ?? []) }
        #expect(picks.map(\.claims) == [["birthdate"], ["eligible"]])
        try await optional.present(picks)
        await #expect(throws: WalletError.Invalid(reason: "selection")) { try await optional.present([]) }

        let browser = PreviewWallet(.offerBrowser)
        let page = try await browser.reviewOffer("x").authorize()
        #expect(page.canOpen)
        #expect(try await browser.pendingAuthorization() == page)
        #expect(try await browser.completeAuthorization("x").count == 1)
        #expect(try await PreviewWallet().pendingAuthorization() == nil)
        let stranger = try await PreviewWallet(.offerUnknown).reviewOffer("x")
        #expect(!stranger.canAccept)
        await #expect(throws: WalletError.UnknownParty(claimsToBe: "issuer")) { try await stranger.accept(code: Secret(typed: "123456")) }
        let offer = try await PreviewWallet(.empty).reviewOffer("x")
        #expect(try await offer.accept(code: Secret(typed: "123456")).map(\.vct) == ["urn:seoul:citizen-card:1"])
        await #expect(throws: WalletError.Refused(by: "issuer", reason: "code-wrong")) {
            try await offer.accept(code: Secret(typed: PreviewWallet.wrongCode))
        }
        #expect(try await !PreviewWallet(.frozen).card().isActive)
        #expect(try await PreviewWallet(.recovering).custody().canObject)
        let stopped = try await PreviewWallet(.empty).freeze(recoveryCode: Secret(typed: "code"))
        #expect(try await stopped.follow().state == "done" && !stopped.hasEnded)
        await #expect(throws: WalletError.Refused(by: "ledger", reason: "no-recovery")) {
            try await PreviewWallet(.frozen).objectToRecovery()
        }
    }

    @Test func whatIsAwaitedIsDrawnAndForgotten() async throws {
        let wallet = PreviewWallet(.issuancePending)
        let pending = try await wallet.pendingCredentials()
        #expect(pending.map(\.state) == ["being-issued", "unanswered"])
        #expect(pending.first?.text.ko.contains("마포구보건소") == true)
        for one in pending { try await wallet.forget(pending: one.id) }
        #expect(try await PreviewWallet().pendingCredentials().isEmpty)
        await #expect(throws: WalletError.Invalid(reason: "issuance-unknown")) {
            try await PreviewWallet().forget(pending: "00000000000000000000000000000000")
        }
    }

    @Test func aSignInAndTheServicesThatKnowHerAreDrawn() async throws {
        let first = try await request(.signInFirst)
        #expect(first.signIn?.isKnown == false && !first.view.isSignInAlone)
        let again = try await request(.signInAgain)
        #expect(again.signIn?.isKnown == true && again.view.isSignInAlone && again.answer == .possible([]))
        #expect(try await again.present([]).text.ko.contains("로그인"))
        for state in PreviewState.all {
            let wallet = PreviewWallet(state)
            let services = try await wallet.services()
            for try await views in wallet.knownServices {
                #expect(views == services.map(\.view))
                break
            }
            for service in services { try await service.forget() }
        }
        #expect(try await PreviewWallet(.empty).services().isEmpty)
        await #expect(throws: WalletError.Invalid(reason: "service-unknown")) {
            try await PreviewWallet().forget(service: "00000000000000000000000000000000")
        }
    }

    @Test func aPaymentAboveTheLimitIsDrawnWithTheCardAndWithoutOne() async throws {
        let wallet = PreviewWallet(.cardPayment)
        let review = try await wallet.reviewPayment(of: try await wallet.scan("x"))
        let asked = try #require(review.card)
        #expect(review.amount > asked.above)
        #expect(try await wallet.credentials().map(\.id) == [asked.credential])
        let paid = try await review.approve().end()
        #expect(paid.card?.state == "taken" && !paid.isCardRefused)
        let lacking = PreviewWallet(.cardNeeded)
        let code = try await lacking.scan("x")
        await #expect(throws: WalletError.Refused(by: "phone", reason: "card-needed")) {
            try await lacking.reviewPayment(of: code)
        }
    }

    @Test func aRecoveryIsDrawnInEveryStateOnBothPhones() async throws {
        let steps: [PreviewState: RecoveryStep] = [
            .recoveryAsking: .showMore(approved: 1, needed: 2), .recoverySent: .follow, .recoveryObjected: .uphold,
            .recoveryReady: .complete, .recoveryDismissed: .askAnew,
        ]
        for (state, step) in steps { #expect(try await PreviewWallet(state).recovery().next == step) }
        for state in [PreviewState.recovering, .recoveryUpheld] {
            let wallet = PreviewWallet(state)
            #expect(try await wallet.custody().isUnderRecovery)
            let until = try #require(try await wallet.custody().effective)
            #expect(try await wallet.followRecovery().next == .wait(until: until))
        }
        await #expect(throws: WalletError.Invalid(reason: "recovery-missing")) { try await PreviewWallet().recovery() }
        let who = Identity(number: "SB-1001", name: "홍길동", birthDate: "1999-03-02")
        #expect(try await PreviewWallet().enrolRecovery(who).enrolled == 5)
        #expect(try await PreviewWallet(.recoveryObjected).upholdRecovery().state == "upheld")
        await #expect(throws: WalletError.Refused(by: "ledger", reason: "recovery-time")) {
            try await PreviewWallet(.recovering).upholdRecovery()
        }
        await #expect(throws: WalletError.Refused(by: "ledger", reason: "no-recovery")) {
            try await PreviewWallet().dismissRecovery(who)
        }
        let new = PreviewWallet(.recoveryReady)
        let code = try await new.generateRecoveryCode()
        #expect(try await PreviewWallet(.recoveryAsking).recoverByOffice(who, recoveryCode: code).state == "asking")
        #expect(try await new.completeRecovery(recoveryCode: code).account == new.account().account)
        await #expect(throws: WalletError.Refused(by: "ledger", reason: "recovery-time")) {
            try await PreviewWallet(.recovering).completeRecovery(recoveryCode: code)
        }
    }

    private func card(_ state: PreviewState) async throws -> Credential {
        try #require(try await PreviewWallet(state).credentials().first)
    }

    private func request(_ state: PreviewState) async throws -> PresentationReview {
        try await PreviewWallet(state).reviewPresentation("x")
    }

    @Test func choicesAreMadeOfWhatThePollShows() async throws {
        let question = try #require(try await poll(.ordinary).contests.first)
        let options = question.options
        #expect(Array(question.choose(options[2]).numbers) == [2])
        #expect(Array(question.rank([options[1], options[0], options[2]]).numbers) == [1, 0, 2])
        #expect(Array(question.score([options[1]: 5]).numbers) == [0, 5, 0])
    }

    private func poll(_ state: PreviewState) async throws -> Poll {
        try #require(try await PreviewWallet(state).polls().first)
    }

    @Test func aWaitIsSeenAndCancelled() async throws {
        let slow = PreviewWallet(.ordinary, delay: .seconds(60))
        let asking = Task { try await slow.balance() }
        asking.cancel()
        await #expect(throws: WalletError.Cancelled) { try await asking.value }
    }

    /// What was made by a wallet for designing is of no use to a real one.
    @Test func aReviewForDesigningIsNotApproved() async throws {
        let town = try await Town.shared()
        let wallet = try await CitizenWallet.create(town.config("no-preview"), pin: Secret(typed: Town.pin))
        let preview = PreviewWallet()
        let review = try await preview.reviewPayment(of: try await preview.scan("x"))
        await #expect(throws: WalletError.Expired(what: "review")) { try await wallet.approve(review) }
        await wallet.release()
    }
}
