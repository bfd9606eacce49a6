import CitizenWallet
import Foundation

// The words of `bindings/contract/README.md`.
extension Runner {
    /// Does what a word says. A word that nobody knows breaks the case.
    func perform(_ word: String, _ with: Arguments, by phone: Phone) async throws -> Fields {
        for family in [life, account, money, paying, receipts, showing, giving, listing, voting, card, credentials, services, recovering] {
            if let result = try await family(word, with, phone) { return result }
        }
        guard let result = try harness(word, with, phone) else { throw Broken("nobody knows the word \(word)") }
        return result
    }

    private func life(_ word: String, _ with: Arguments, _ phone: Phone) async throws -> Fields? {
        switch word {
        case "create":
            phone.wallet = try await CitizenWallet.create(phone.config(city), pin: with.secret())
        case "open":
            var config = phone.config()
            config.autoLock = try with.optionalNumber("auto_lock_seconds").map { .seconds($0) }
            if with.optional("return_address") == "none" { config.returnAddress = nil }
            phone.wallet = try await CitizenWallet.open(config)
        case "unlock": try await phone.open().unlock(with.secret())
        case "lock": try await phone.open().lock()
        case "lock-if-idle": return ["locked": "\(try await phone.open().lockIfIdle())"]
        case "change-pin": try await phone.open().changePin(from: with.secret("old"), to: with.secret("new"))
        case "release": await (try phone.open()).release()
        default: return nil
        }
        return [:]
    }

    private func account(_ word: String, _ with: Arguments, _ phone: Phone) async throws -> Fields? {
        switch word {
        case "set-up":
            for step in ["create", "open-account", "enrol"] {
                _ = try await perform(step, with, by: phone)
            }
            _ = try await phone.open().earn(programme: "eco", evidence: "eco-2026-h1")
        case "open-account":
            let code = try await phone.open().generateRecoveryCode()
            phone.recoveryCode = code
            return Self.fields(try await phone.open().openAccount(recoveryCode: code))
        case "enrol": return ["krw": "\(try await phone.open().enrol(try with.text("name")).krw)"]
        case "account": return Self.fields(try await phone.open().account())
        case "backup":
            guard let code = phone.recoveryCode else { throw Broken("no recovery code is kept") }
            phone.backup = try await phone.open().backup(recoveryCode: code)
        case "restore":
            guard let old = phones[try with.text("from")], let backup = old.backup, let code = old.recoveryCode
            else { throw Broken("no backup is kept") }
            phone.wallet = try await CitizenWallet.restore(
                phone.config(city), backup: backup, recoveryCode: code, pin: with.secret())
            phone.recoveryCode = code
        case "paper":
            guard let other = phones[try with.text("from")] else { throw Broken("no such phone") }
            phone.recoveryCode = try Self.code(of: other)
        case "activity":
            let lines = try await phone.open().activity()
            return [
                "lines": "\(lines.count)", "last_ko": lines.last?.text.ko, "last_en": lines.last?.text.en,
            ].compactMapValues { $0 }
        default: return nil
        }
        return [:]
    }

    private func money(_ word: String, _ with: Arguments, _ phone: Phone) async throws -> Fields? {
        switch word {
        case "earn":
            let earned = try await phone.open().earn(
                programme: try with.text("programme"), evidence: try with.text("evidence"))
            return ["points": "\(earned.points)"]
        case "balance": return Self.fields(try await phone.open().balance())
        case "history":
            let history = try await phone.open().history()
            return [
                "entries": "\(history.entries.count)", "last": history.entries.last?.kind,
                "signers": "\(history.verified.signers)",
            ].compactMapValues { $0 }
        case "home":
            let home = try await phone.open().home()
            return [
                "points": "\(home.balance.points.points)", "open_payments": "\(home.openPayments.count)",
                "recent": "\(home.recent.count)",
            ]
        case "sync":
            let report = try await phone.open().sync()
            return [
                "payments": "\(report.payments.count)", "codes": "\(report.codes.count)",
                "fresh": "\(report.freshness == .fresh)",
            ]
        default: return nil
        }
    }

    private func paying(_ word: String, _ with: Arguments, _ phone: Phone) async throws -> Fields? {
        switch word {
        case "inspect":
            let reading = inspectCode(try with.text("text"))
            return ["kind": reading.kind, "refusal": reading.refusal?.rule].compactMapValues { $0 }
        case "link": return Self.fields(openLink(try with.text("text")))
        case "scan":
            let code = try await phone.open().scan(try with.text("text"))
            phone.scanned = code
            return Self.fields(code)
        case "review":
            guard let code = phone.scanned else { throw Broken("nothing was scanned") }
            let review = try await phone.open().reviewPayment(
                of: code, amount: try with.optionalNumber("amount").map { .won($0) }, coins: try with.coins())
            phone.review = review
            return [
                "merchant": review.merchant, "points": "\(review.points)", "krw": "\(review.krw)",
                "fee": "\(review.fee)", "points_left": "\(review.pointsLeft)",
                "card": review.card.map { $0.claims.joined(separator: ", ") } ?? "none",
            ]
        case "approve":
            guard let review = phone.review else { throw Broken("nothing was reviewed") }
            let payment = try await review.approve()
            return ["payment": payment.id, "state": payment.state]
        case "follow":
            let payment = try await phone.open().payment(try with.text("payment"))
            return Self.fields(try await payment.end())
        case "pay":
            for step in ["scan", "review"] { _ = try await perform(step, with, by: phone) }
            guard let review = phone.review else { throw Broken("nothing was reviewed") }
            return Self.fields(try await review.approve().end())
        case "payment": return Self.fields(try await phone.open().payment(try with.text("payment")).view)
        case "payments":
            let payments = try await phone.open().payments()
            return [
                "count": "\(payments.count)", "open": "\(payments.filter { !$0.progress.isFinal }.count)",
                "last": payments.last?.id,
            ].compactMapValues { $0 }
        default: return nil
        }
    }

    private func receipts(_ word: String, _ with: Arguments, _ phone: Phone) async throws -> Fields? {
        switch word {
        case "receipt":
            let id = try with.text("payment")
            let receipt = try await phone.open().receipt(of: id)
            phone.receipts[id] = receipt.file
            return Self.fields(receipt.view)
        case "verify-receipt":
            let keeper = with.optional("from").map { phones[$0] } ?? phone
            guard let file = keeper?.receipts[try with.text("payment")], case .file(let trust) = city.trust else {
                throw Broken("no receipt is kept")
            }
            return Self.fields(try await verifyReceipt(file, trustFile: trust))
        case "refunds": return Self.fields(try await phone.open().refunds(of: try with.text("payment")))
        case "ask-refund":
            return Self.fields(
                try await phone.open().askRefund(
                    of: try with.text("payment"), amount: .won(try with.number("amount")),
                    reason: try with.text("reason")))
        default: return nil
        }
    }

    private func showing(_ word: String, _ with: Arguments, _ phone: Phone) async throws -> Fields? {
        switch word {
        case "review-code":
            let review = try await phone.open().reviewCode(
                total: .won(try with.number("total")), coins: try with.coins())
            phone.codeReview = review
            return ["total": "\(review.total)", "points": "\(review.points)", "seconds": "\(review.seconds)"]
        case "show-code":
            guard let review = phone.codeReview else { throw Broken("nothing was reviewed") }
            let code = try await review.show()
            return ["payment": code.id, "qr": code.qr, "barcode": code.barcode, "state": code.state]
        case "renew-code":
            let code = try await phone.open().renew(code: try with.text("payment"))
            return ["payment": code.id, "qr": code.qr, "barcode": code.barcode, "state": code.state]
        case "hide-code": return Self.fields(try await phone.open().hide(code: try with.text("payment")))
        case "advance-code": return Self.fields(try await phone.open().advance(code: try with.text("payment")))
        case "follow-code":
            var last: ShownCodeView?
            for try await state in try phone.open().states(ofCode: try with.text("payment")) { last = state }
            guard let last else { throw Broken("a code without a state") }
            return Self.fields(last)
        default: return nil
        }
    }

    private func giving(_ word: String, _ with: Arguments, _ phone: Phone) async throws -> Fields? {
        switch word {
        case "gift-code": return ["code": try await phone.open().giftCode()]
        case "review-gift":
            let review = try await phone.open().reviewGift(
                to: try with.text("code"), points: .points(try with.number("points")))
            phone.giftReview = review
            return ["points": "\(review.points)", "points_left": "\(review.pointsLeft)"]
        case "approve-gift":
            guard let review = phone.giftReview else { throw Broken("nothing was reviewed") }
            let submission = try await review.approve()
            return ["id": submission.id, "state": submission.state]
        case "follow-submission":
            return ["state": try await phone.open().follow(submission: try with.text("id")).state]
        default: return nil
        }
    }
}
