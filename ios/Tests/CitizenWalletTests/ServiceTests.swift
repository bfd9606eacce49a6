import CitizenContract
import CitizenWallet
import Foundation
import Testing

/// Services that know her again, through the wrapper.
@Suite struct ServiceTests {
    @Test func aServiceKnowsHerAgainUntilSheLeavesItAndWhoeverWatchesSeesIt() async throws {
        let town = try await Town.shared()
        let config = town.config("services", finger: try town.finger("services"), net: Net())
        let wallet = try await CitizenWallet.create(config, pin: Secret(typed: Town.pin))
        let seen = Shared<[[String]]>([])
        let watching = Task {
            for try await known in wallet.knownServices { seen.with { $0.append(known.map(\.service.ko)) } }
        }
        #expect(await comesTrue(within: .seconds(20)) { seen.with { $0 == [[]] } })
        let offered = try await town.stage.perform("city.offer", ["credential": "citizen-card"])
        _ = try await wallet.reviewOffer(try #require(offered["link"])).accept(code: offered["code"].map(Secret.init(typed:)))

        #expect(try await Self.signedIn(wallet, in: town, by: "visits", isKnown: false) == "new")
        #expect(await comesTrue(within: .seconds(20)) { seen.with { $0.last == ["샌드박스 마포도서관"] } })
        let library = try #require(try await wallet.services().first)
        #expect(try await Self.signedIn(wallet, in: town, by: "returns", isKnown: true) == "known")
        #expect(try await wallet.credentials().map(\.copiesLeft) == [9])  // who signs in shows no card

        try await library.forget()
        #expect(try await wallet.services().isEmpty)
        #expect(await comesTrue(within: .seconds(20)) { seen.with { $0.last == [] } })
        await #expect(throws: WalletError.Invalid(reason: "service-unknown")) { try await library.forget() }
        #expect(try await wallet.credentialLog().last?.kind == "service-forgotten")
        #expect(try await Self.signedIn(wallet, in: town, by: "visits", isKnown: false) == "new")
        watching.cancel()
        await wallet.release()
    }

    /// What the library takes her for.
    private static func signedIn(
        _ wallet: CitizenWallet, in town: Town, by button: String, isKnown: Bool
    ) async throws -> String? {
        let asked = try await town.stage.perform("city.request", ["service": "mapo-library", "button": button])
        let request = try await wallet.reviewPresentation(try #require(asked["link"]))
        #expect(request.signIn?.isKnown == isKnown)
        #expect(request.view.isSignInAlone == (button == "returns"))
        let picks = try #require(request.suggested)
        #expect(request.answer == .possible(picks) && picks.isEmpty == request.view.isSignInAlone)
        #expect(try await request.present(picks).text.ko.contains("로그인"))
        return try await town.stage.perform("city.standing", ["visit": try #require(asked["visit"])])["visitor"]
    }
}
