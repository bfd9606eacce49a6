import CitizenWallet
import Foundation

// Words about the phone around the wallet, and what the words about the wallet answer.
extension Runner {
    func harness(_ word: String, _ with: Arguments, _ phone: Phone) throws -> Fields? {
        switch word {
        case "heard": return heard(by: phone)
        case "signed-for": return Self.fields(phone.finger.reason.with { $0 })
        case "sent":
            let counts = [phone.net.sent, phone.lines.opened].map { count in
                count.with { count -> Int in
                    defer { count = 0 }
                    return count
                }
            }
            return ["requests": "\(counts[0])", "connections": "\(counts[1])"]
        case "key-store":
            let mood = try mood(try with.text("mood"))
            phone.finger.mood.with { $0 = mood }
        case "network":
            let weather = try weather(with)
            phone.net.weather.with { $0 = weather }
        case "clock":
            if let ahead = try with.optionalNumber("ahead_seconds") { phone.watch.ahead.with { $0 = ahead } }
            if let mood = with.optional("mood") {
                let isStrange = try isStrange(mood)
                phone.watch.isStrange.with { $0 = isStrange }
            }
        case "listener":
            let isStrange = try isStrange(try with.text("mood"))
            phone.ear.isStrange.with { $0 = isStrange }
        default: return nil
        }
        return [:]
    }

    private func heard(by phone: Phone) -> Fields {
        var fields: Fields = [:]
        let events = phone.ear.heard.with { heard in
            defer { heard = [] }
            return heard
        }
        for event in events {
            switch event {
            case .payment(let payment): fields["payment"] = payment.state
            case .code(let code): fields["code"] = code.state
            case .vote(let vote): fields["vote"] = vote.state
            case .balanceSynced: fields["synced"] = "true"
            case .accountSynced: break
            }
        }
        return fields
    }

    private static func fields(_ reason: SigningReason?) -> Fields {
        guard let reason else { return [:] }
        let kind =
            switch reason.kind {
            case .cardKey: "card-key"
            case .signIn: "sign-in"
            default: "\(reason.kind)"
            }
        return ["kind": kind, "ko": reason.text.ko, "en": reason.text.en]
    }

    private func mood(_ word: String) throws -> Finger.Mood {
        switch word {
        case "answers": .answers
        case "cancelled": .throwing(.Cancelled)
        case "invalidated": .throwing(.Invalidated)
        case "locked": .throwing(.Locked)
        case "missing": .throwing(.Missing)
        case "full": .throwing(.Full)
        case "not-set-up": .throwing(.NotSetUp)
        case "failed": .throwing(.Failed)
        case "strange": .strange
        case "waits": .waits
        default: throw Broken("no such mood of a key store: \(word)")
        }
    }

    private func weather(_ with: Arguments) throws -> Net.Weather {
        switch try with.text("weather") {
        case "fair": .fair
        case "offline": .offline
        case "strange": .strange
        case "hangs": .hangs
        case "loses": .loses(try with.text("path"))
        case "bare": .bare
        case let other: throw Broken("no such weather: \(other)")
        }
    }

    private func isStrange(_ mood: String) throws -> Bool {
        switch mood {
        case "right": false
        case "strange": true
        default: throw Broken("no such mood: \(mood)")
        }
    }

    static func fields(_ account: AccountView) -> Fields {
        ["account": account.account, "epoch": "\(account.epoch)"]
    }

    static func fields(_ balance: BalanceView) -> Fields {
        let points = balance.points
        return [
            "points": "\(points.points)", "points_held": "\(points.pointsHeld)",
            "krw": balance.won.map { "\($0.krw)" }, "fresh": "\(points.freshness == .fresh)",
            "signers": "\(points.verified.signers)", "validators": "\(points.verified.validators)",
        ].compactMapValues { $0 }
    }

    static func fields(_ code: ScannedCode) -> Fields {
        let merchant = code.merchant
        return [
            "merchant": merchant.name, "district": merchant.district, "status": merchant.status,
            "usable": "\(code.isUsable)", "amount": merchant.amount.map { "\($0)" },
        ].compactMapValues { $0 }
    }

    static func fields(_ payment: PaymentView) -> Fields {
        [
            "payment": payment.paymentId, "state": payment.state, "merchant": payment.merchant,
            "points": "\(payment.points)", "krw": "\(payment.krw)", "card": payment.card?.state ?? "none",
        ]
    }

    static func fields(_ receipt: ReceiptView) -> Fields {
        [
            "merchant": receipt.merchant, "points": "\(receipt.points)", "krw": "\(receipt.krw)",
            "signers": "\(receipt.verified.signers)",
        ]
    }

    static func fields(_ refunds: RefundsView) -> Fields {
        ["count": "\(refunds.refunds.count)", "refunded": "\(refunds.refunded)", "left": "\(refunds.left)"]
    }

    static func fields(_ code: ShownCodeView) -> Fields {
        [
            "payment": code.paymentId, "state": code.state, "taken": code.taken.map { "\($0)" },
            "refused": code.refused?.reason,
        ].compactMapValues { $0 }
    }

    static func fields(_ link: WalletLink) -> Fields {
        switch link {
        case .paymentCode(let text, _, let usable): ["kind": "payment-code", "text": text, "usable": "\(usable)"]
        case .giftCode(let text): ["kind": "gift-code", "text": text]
        case .receiptCode(let text, _): ["kind": "receipt-code", "text": text]
        case .presentation(let text): ["kind": "presentation", "text": text]
        case .credentialOffer(let text): ["kind": "credential-offer", "text": text]
        case .authorizationReturn(let text): ["kind": "authorization-return", "text": text]
        case .page(let name): ["kind": "page", "page": name]
        case .unknown: ["kind": "unknown"]
        }
    }
}
