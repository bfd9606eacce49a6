import CitizenContract
import CitizenWallet
import Foundation
import Testing

/// The card through the wrapper, over an app's own key store and transport.
@Suite struct CardTests {
    @Test func aCardIsReceivedAndShownOnceForEachReviewAndWhoeverWatchesSeesIt() async throws {
        let town = try await Town.shared()
        let wallet = try await Self.wallet("card", in: town)
        let seen = Shared<[[String]]>([])
        let watching = Task {
            for try await held in wallet.heldCredentials { seen.with { $0.append(held.map(\.state)) } }
        }
        #expect(await comesTrue(within: .seconds(120)) { seen.with { $0 == [[]] } })
        let card = try await Self.received(wallet, in: town)
        #expect(card.isShowable && card.copiesLeft == 10)
        #expect(await comesTrue(within: .seconds(120)) { seen.with { $0.last == ["unchecked"] } })
        #expect(try await wallet.refreshCredentials().map(\.state) == ["valid"])
        #expect(try await card.detail().disclosable.contains { $0.path == "address.district" && $0.value == "마포구" })

        let asked = try await town.stage.perform("city.request", ["service": "mapo-library"])
        let request = try await wallet.reviewPresentation(try #require(asked["link"]))
        let part = try #require(request.asked.first)
        let mine = try #require(part.showable.first)
        let least = [part.pick(mine, mine.combinations[0])]
        #expect(request.answer == .possible(least) && request.suggested == least)
        #expect(try await request.present(least).text.ko.contains("마포도서관"))
        let visit = ["visit": try #require(asked["visit"])]
        #expect(try await town.stage.perform("city.standing", visit)["standing"] == "accepted")
        await #expect(throws: WalletError.Expired(what: "review")) { try await request.present(least) }
        await #expect(throws: WalletError.Expired(what: "review")) { try await request.decline() }
        #expect(try await wallet.credentials().map(\.copiesLeft) == [9])
        #expect(try await wallet.credentialLog().map(\.kind) == ["received", "presented", "signed-in"])
        try await card.forget()
        await #expect(throws: WalletError.Invalid(reason: "credential-unknown")) { try await card.detail() }
        #expect(await comesTrue(within: .seconds(120)) { seen.with { $0.last == [] } })
        watching.cancel()
        await wallet.release()
    }

    @Test func whatSheDoesNotHoldCannotBeShown() async throws {
        let town = try await Town.shared()
        let wallet = try await Self.wallet("card-none", in: town)
        let asked = try await town.stage.perform("city.request", ["service": "mapo-library"])
        let request = try await wallet.reviewPresentation(try #require(asked["link"]))
        #expect(request.answer == .missing && request.suggested == nil)
        try await request.decline()
        #expect(try await wallet.credentialLog().map(\.kind) == ["declined"])
        let stranger = try await town.stage.perform("city.request", ["service": "stranger"])
        #expect(try await wallet.reviewPresentation(try #require(stranger["link"])).answer == .stranger)
        await #expect(throws: WalletError.self) { try await wallet.reviewOffer("openid-credential-offer://?x=1") }
        await #expect(throws: WalletError.Invalid(reason: "request")) {
            try await wallet.reviewPresentation("https://example.org/")
        }
        await wallet.release()
    }

    @Test func anOfferThatIsStoppedAtTheKeyStoreLeavesNothingBehind() async throws {
        let town = try await Town.shared()
        let finger = try town.finger("card-stopped")
        let wallet = try await CitizenWallet.create(
            town.config("card-stopped", finger: finger, net: Net()), pin: Secret(typed: Town.pin))
        let offered = try await town.stage.perform("city.offer", ["credential": "citizen-card"])
        let offer = try await wallet.reviewOffer(try #require(offered["link"]))
        let code = offered["code"].map(Secret.init(typed:))
        finger.mood.with { $0 = .waits }
        let accepting = Task { try await offer.accept(code: code) }
        #expect(await comesTrue(within: .seconds(120)) { finger.waiting.now > 0 })
        accepting.cancel()
        await #expect(throws: WalletError.Cancelled) { try await accepting.value }
        #expect(await comesTrue(within: .seconds(120)) { finger.waiting.now == 0 })
        finger.mood.with { $0 = .answers }
        #expect(try await wallet.credentials().isEmpty)
        await #expect(throws: WalletError.Expired(what: "review")) { try await offer.accept(code: code) }
        _ = try await Self.received(wallet, in: town)
        await wallet.release()
    }

    @Test func anAccountIsStoppedByItsCodeAndGoesOnWithAnotherKey() async throws {
        let town = try await Town.shared()
        let wallet = try await Self.wallet("card-custody", in: town)
        let code = try await wallet.generateRecoveryCode()
        _ = try await wallet.openAccount(recoveryCode: code)
        let first = try await wallet.card()
        #expect(first.isActive)
        #expect(try await wallet.freeze(recoveryCode: code).follow().state == "done")
        #expect(try await !wallet.card().isActive)
        #expect(try await wallet.custody().state == "frozen")
        await #expect(throws: WalletError.Refused(by: "ledger", reason: "frozen")) { try await wallet.objectToRecovery() }
        #expect(try await wallet.unfreeze(recoveryCode: code).follow().state == "done")
        let changed = try await wallet.rotateCard()
        #expect(changed.isActive && changed.did != first.did)
        await wallet.release()
    }

    /// What was made by a wallet for designing is of no use to a real one.
    @Test func aRequestForDesigningIsNotAnswered() async throws {
        let town = try await Town.shared()
        let wallet = try await Self.wallet("card-no-preview", in: town)
        let request = try await PreviewWallet().reviewPresentation("x")
        await #expect(throws: WalletError.Expired(what: "review")) { try await wallet.present(request, picks: [], insist: false) }
        await wallet.release()
    }

    private static func wallet(_ phone: String, in town: Town) async throws -> CitizenWallet {
        let config = town.config(phone, finger: try town.finger(phone), net: Net())
        return try await CitizenWallet.create(config, pin: Secret(typed: Town.pin))
    }

    private static func received(_ wallet: CitizenWallet, in town: Town) async throws -> Credential {
        let offered = try await town.stage.perform("city.offer", ["credential": "citizen-card"])
        let offer = try await wallet.reviewOffer(try #require(offered["link"]))
        #expect(offer.canAccept && offer.needsCode && offer.issuer.isRegistered)
        return try #require(try await offer.accept(code: offered["code"].map(Secret.init(typed:))).first)
    }
}
