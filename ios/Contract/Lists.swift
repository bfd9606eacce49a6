import CitizenWallet
import Foundation

// The words of what is listed, set, and told beside paying.
extension Runner {
    func listing(_ word: String, _ with: Arguments, _ phone: Phone) async throws -> Fields? {
        switch word {
        case "won": return ["krw": "\(try await phone.open().won().krw)"]
        case "prefer-points":
            try await phone.open().preferPoints(try with.text("first") == "true")
            return [:]
        case "receipts": return ["count": "\(try await phone.open().receipts().count)"]
        case "receipt-code": return ["code": try await phone.open().receiptCode(of: try with.text("payment"))]
        case "codes":
            let codes = try await phone.open().codes()
            return ["count": "\(codes.count)", "last": codes.last?.state].compactMapValues { $0 }
        case "submissions":
            let all = try await phone.open().submissions()
            return ["count": "\(all.count)", "last": all.last?.kind].compactMapValues { $0 }
        case "attest":
            let challenge = Data(try with.text("challenge").utf8)
            return ["stated": "\(try await phone.open().attest(challenge: challenge) != nil)"]
        default: return try await setting(word, with, phone)
        }
    }

    private func setting(_ word: String, _ with: Arguments, _ phone: Phone) async throws -> Fields? {
        switch word {
        case "redeem":
            let review = try await phone.open().reviewRedemption(of: .points(try with.number("points")))
            let left = "\(review.pointsLeft)"
            return Self.fields(try await review.approve()).merging(["points_left": left]) { $1 }
        case "limits":
            let limits = try await phone.open().limits()
            return [
                "legal": limits.legal.map { "\($0.perPayment)" }, "own": limits.own.map { "\($0.perPayment)" },
                "left": limits.left.map { "\($0)" },
            ].compactMapValues { $0 }
        case "set-limits":
            let own = OwnLimits(
                perPayment: try with.number("per_payment"), perDay: try with.number("per_day"),
                perMonth: try with.number("per_month"))
            return Self.fields(try await phone.open().setLimits(own))
        case "polls-near":
            let polls = try await phone.open().pollsNear(district: with.optional("district"))
            return [
                "near": "\(polls.near.count)", "elsewhere": "\(polls.elsewhere.count)", "whence": polls.whence,
            ]
        default: return nil
        }
    }
}
