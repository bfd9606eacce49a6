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
