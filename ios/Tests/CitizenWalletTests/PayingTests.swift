import CitizenContract
import CitizenWallet
import Foundation
import Testing

/// The main road as an app walks it.
@Suite struct PayingTests {
    @Test func aPaymentIsFollowedToItsEndAndTheReceiptConvincesWithoutAWallet() async throws {
        let town = try await Town.shared()
        let wallet = try await town.citizen("김하나", town.config("paying"))
        let code = try await wallet.scan(try await town.code(of: "bakery"))
        #expect(code.isUsable && code.merchant.name == "망원빵집")
        let review = try await wallet.reviewPayment(of: code, amount: .won(12_000), coins: .points(5_000))
        #expect(review.points == 5_000 && review.krw == 7_000 && review.fee == 0)
        #expect(try await wallet.funds() == [10_000, 100_000])

        let payment = try await review.approve()
        var states: [PaymentState] = []
        for try await state in payment.states {
            // The same step may be told again with a newer proof.
            if states.last != state.progress { states.append(state.progress) }
        }
        #expect(states.first == .requested && states.last == .captured)
        #expect(Set(states).count == states.count, "a step once seen is never taken back: \(states)")
        #expect(try await wallet.funds() == [5_000, 93_000])

        let receipt = try await payment.receipt()
        let shown = try await verifyReceipt(receipt.file, trustFile: try await wallet.trustFile())
        #expect(shown.paymentId == payment.id && shown.verified.signers == 4)
        var forged = receipt.file
        forged[forged.count / 2] ^= 1
        let trust = try await wallet.trustFile()
        await #expect(throws: WalletError.self) { try await verifyReceipt(forged, trustFile: trust) }
        #expect(try await wallet.payments().map(\.id) == [payment.id])
        // A second loop over the same states ends as well.
        var again: [PaymentState] = []
        for try await state in try await wallet.payment(payment.id).states { again.append(state.progress) }
        #expect(again == [.captured])
        await wallet.release()
    }

    @Test func aReviewIsApprovedOnce() async throws {
        let town = try await Town.shared()
        let wallet = try await town.citizen("이둘", town.config("once"))
        let code = try await wallet.scan(try await town.code(of: "bakery"))
        let review = try await wallet.reviewPayment(of: code, amount: .won(1_000))
        let approving = (0..<2).map { _ in Task { try await review.approve() } }
        var refused: [WalletError] = []
        for task in approving {
            if case .failure(let error) = await task.result { refused.append(try #require(error as? WalletError)) }
        }
        #expect(refused == [.Expired(what: "review")])
        #expect(refused.first?.next == .renew("review"))
        #expect(try await wallet.payments().count == 1)
        await wallet.release()
    }

    @Test func balancesAndEventsAreWatched() async throws {
        let town = try await Town.shared()
        let wallet = try await town.citizen("박셋", town.config("watching"))
        let code = try await town.code(of: "bakery")
        let (seen, events) = (Shared<[UInt64]>([]), Shared<[WalletEvent]>([]))
        let watching = Task {
            for try await balance in wallet.balances {
                seen.with { $0.append(balance.points.points) }
            }
        }
        let stream = wallet.events
        let listening = Task {
            for await event in stream { events.with { $0.append(event) } }
        }
        #expect(await comesTrue(within: .seconds(120)) { seen.with { $0 == [10_000] } })
        #expect(try await wallet.approve(code, 3_000, points: 1_000).end().progress == .captured)
        #expect(await comesTrue(within: .seconds(120)) { seen.with { $0.last == 9_000 } })
        // The listener has a task of its own.
        #expect(
            await comesTrue(within: .seconds(120)) {
                events.with { $0.contains { if case .payment(let payment) = $0 { payment.progress == .captured } else { false } } }
            })
        let activity = try await wallet.activity()
        for try await lines in wallet.activities {
            #expect(lines == activity)
            break
        }
        // Releasing ends both.
        await wallet.release()
        await listening.value
        _ = await watching.result
    }

    @Test func aCodeOnThisPhoneIsChargedAndRefunded() async throws {
        let town = try await Town.shared()
        let wallet = try await town.citizen("최넷", town.config("shows"))
        let code = try await wallet.reviewCode(total: .won(5_000), coins: .points(1_000)).show()
        #expect(code.state == "open" && !code.qr.isEmpty)
        async let charged = town.stage.perform("city.charge", ["code": code.qr, "amount": "3000"])
        var last: ShownCodeView?
        for try await state in code.states { last = state }
        #expect(try await charged["state"] == "captured")
        #expect(last?.state == "charged" && last?.taken == 3_000)
        let payment = try await wallet.payment(code.id)
        #expect(try await payment.end().progress == .captured)
        #expect(try await payment.askRefund(.won(500), reason: "식었어요 🥟").left == 3_000)
        _ = try await town.stage.perform("city.refund", ["payment": payment.id, "amount": "3000"])
        #expect(try await payment.refunds().refunded == 3_000)
        #expect(try await wallet.funds() == [10_000, 100_000])
        #expect(try await payment.receiptCode().count > 40)
        let other = try await wallet.reviewCode(total: .won(500), coins: .first).show()
        try await other.hide()
        var end: ShownCodeView?
        for try await state in other.states { end = state }
        #expect(end?.state == "revoked")
        #expect(try await wallet.codes().count == 2)
        await wallet.release()
    }

    @Test func pointsAreGivenRedeemedAndLimited() async throws {
        let town = try await Town.shared()
        let giver = try await town.citizen("정다섯", town.config("giver"))
        let taker = try await town.citizen("한여섯", town.config("taker"))
        let gift = try await giver.reviewGift(to: try await taker.giftCode(), points: .points(2_500))
        #expect(gift.pointsLeft == 7_500)
        #expect(try await gift.approve().follow().state == "done")
        #expect(try await taker.funds()[0] == 12_500)
        let certificate = try await taker.reviewRedemption(of: .points(10_000)).approve().follow().certificate
        #expect(certificate?.won == 10_000)
        #expect(try await taker.submissions().count == 1)
        let limits = OwnLimits(perPayment: 5_000, perDay: 6_000, perMonth: 100_000)
        #expect(try await giver.setLimits(limits).follow().state == "done")
        #expect(try await giver.limits().own?.perPayment == 5_000)
        await #expect(throws: WalletError.self) {
            try await giver.reviewCode(total: .won(5_001), coins: .first)
        }
        await giver.release()
        await taker.release()
    }

    @Test func aPictureIsScanned() async throws {
        let town = try await Town.shared()
        let wallet = try await town.citizen("유일곱", town.config("pictures"))
        let picture = try Data(contentsOf: Given.codes.appendingPathComponent("static-rotated.png"))
        #expect(try await readImage(picture).map(\.kind) == ["emv-mpm"])
        #expect(try await wallet.scan(image: picture).merchant.name == "망원빵집")
        let other = try Data(contentsOf: Given.codes.appendingPathComponent("not-a-payment.png"))
        await #expect(throws: WalletError.self) { try await wallet.scan(image: other) }
        await wallet.release()
    }
}
