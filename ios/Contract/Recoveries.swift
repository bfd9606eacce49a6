import CitizenWallet
import Foundation

// The words of a recovery by officers.
extension Runner {
    func recovering(_ word: String, _ with: Arguments, _ phone: Phone) async throws -> Fields? {
        switch word {
        case "enrol-recovery":
            let enrolled = try await phone.open().enrolRecovery(try Self.identity(with))
            return [
                "enrolled": "\(enrolled.enrolled)", "needed": "\(enrolled.needed)", "officers": "\(enrolled.officers)",
            ]
        case "recovery-code":
            _ = try await newCode(phone)
            return [:]
        case "recover-by-office":
            let identity = try Self.identity(with)
            let code = try await newCode(phone)
            return Self.fields(try await phone.open().recoverByOffice(identity, recoveryCode: code))
        case "recovery": return Self.fields(try await phone.open().recovery())
        case "follow-recovery": return Self.fields(try await phone.open().followRecovery())
        case "await-recovery":
            let state = try with.text("state")
            while true {
                let view = try await phone.open().recovery()
                if view.state == state { return Self.fields(view) }
                try await Task.sleep(for: Self.pause)
            }
        case "uphold-recovery": return Self.fields(try await phone.open().upholdRecovery())
        case "complete-recovery":
            return Self.fields(try await phone.open().completeRecovery(recoveryCode: try Self.code(of: phone)))
        case "report-loss":
            return ["revoked": "\(try await phone.open().reportLoss(try Self.identity(with)).revoked)"]
        case "dismiss-recovery": return Self.fields(try await phone.open().dismissRecovery(try Self.identity(with)))
        default: return nil
        }
    }

    /// On paper before anybody is asked; the same if she asks again.
    private func newCode(_ phone: Phone) async throws -> Secret {
        if phone.recoveryCode == nil { phone.recoveryCode = try await phone.open().generateRecoveryCode() }
        return try Self.code(of: phone)
    }

    static func identity(_ with: Arguments) throws -> Identity {
        Identity(
            number: try with.text("number"), name: try with.text("name"), birthDate: try with.text("birth_date"))
    }

    private static func fields(_ recovery: RecoveryView) -> Fields {
        [
            "state": recovery.state, "approved": "\(recovery.approved)", "needed": "\(recovery.needed)",
            "officers": "\(recovery.officers)", "can_complete": "\(recovery.canComplete)",
            "signers": "\(recovery.verified.signers)", "account": recovery.account,
        ].compactMapValues { $0 }
    }
}
