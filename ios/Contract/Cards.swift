import CitizenWallet

// The words of the card and of credentials.
extension Runner {
    /// Between two questions of a word that asks until something has come about.
    static var pause: Duration { .milliseconds(300) }

    func card(_ word: String, _ with: Arguments, _ phone: Phone) async throws -> Fields? {
        switch word {
        case "card": return Self.fields(try await phone.open().card())
        case "rotate-card": return Self.fields(try await phone.open().rotateCard())
        case "custody":
            let custody = try await phone.open().custody()
            return [
                "state": custody.state, "frozen": "\(custody.isFrozen)", "can_object": "\(custody.canObject)",
            ]
        case "freeze":
            return Self.fields(try await phone.open().freeze(recoveryCode: try Self.code(of: phone)))
        case "unfreeze":
            return Self.fields(try await phone.open().unfreeze(recoveryCode: try Self.code(of: phone)))
        case "object-to-recovery": return Self.fields(try await phone.open().objectToRecovery())
        default: return nil
        }
    }

    func credentials(_ word: String, _ with: Arguments, _ phone: Phone) async throws -> Fields? {
        switch word {
        case "credentials": return Self.fields(try await phone.open().credentials())
        case "refresh-credentials": return Self.fields(try await phone.open().refreshCredentials())
        case "await-credential":
            // A list takes a moment to be anchored.
            while true {
                let held = try await phone.open().refreshCredentials()
                if held.first?.view.state == (try with.text("state")) { return Self.fields(held) }
                try await Task.sleep(for: Self.pause)
            }
        case "credential":
            let detail = try await phone.open().detail(of: try with.text("credential"))
            var fields = Self.fields(detail.credential)
            fields["open"] = "\(detail.open.count)"
            for claim in detail.disclosable { fields[claim.path] = claim.value }
            return fields
        case "forget-credential":
            try await phone.open().forget(credential: try with.text("credential"))
            return [:]
        case "credential-log": return Self.fields(try await phone.open().credentialLog(), of: with.optional("kind"))
        case "review-offer":
            let offer = try await phone.open().reviewOffer(try with.text("text"))
            phone.offer = offer
            return [
                "issuer": offer.issuer.name.ko, "registered": "\(offer.issuer.isRegistered)",
                "types": offer.credentials.compactMap(\.vct).joined(separator: ", "),
                "needs_code": "\(offer.needsCode)", "can_accept": "\(offer.canAccept)",
                "needs_browser": "\(offer.needsBrowser)",
            ]
        case "accept-offer":
            guard let offer = phone.offer else { throw Broken("nothing was reviewed") }
            return Self.fields(try await offer.accept(code: with.optional("code").map(Secret.init(typed:))))
        default: return try await awaited(word, with, phone)
        }
    }

    private func awaited(_ word: String, _ with: Arguments, _ phone: Phone) async throws -> Fields? {
        switch word {
        case "pending-credentials":
            let pending = try await phone.open().pendingCredentials()
            return [
                "count": "\(pending.count)", "pending": pending.first?.id, "state": pending.first?.state,
                "types": pending.first?.vcts.joined(separator: ", "), "issuer": pending.first?.issuer.ko,
            ].compactMapValues { $0 }
        case "forget-pending":
            try await phone.open().forget(pending: try with.text("pending"))
            return [:]
        default: return try await authorizing(word, with, phone)
        }
    }

    private func authorizing(_ word: String, _ with: Arguments, _ phone: Phone) async throws -> Fields? {
        switch word {
        case "authorize-offer":
            guard let offer = phone.offer else { throw Broken("nothing was reviewed") }
            return Self.fields(try await offer.authorize())
        case "pending-authorization":
            let waiting = try await phone.open().pendingAuthorization()
            return (waiting.map { Self.fields($0) } ?? [:]).merging(["waits": "\(waiting != nil)"]) { $1 }
        case "complete-authorization":
            return Self.fields(try await phone.open().completeAuthorization(try with.text("text")))
        case "cancel-authorization":
            try await phone.open().cancelAuthorization()
            return [:]
        default: return try await presenting(word, with, phone)
        }
    }

    private func presenting(_ word: String, _ with: Arguments, _ phone: Phone) async throws -> Fields? {
        switch word {
        case "review-presentation":
            let request = try await phone.open().reviewPresentation(try with.text("text"))
            phone.request = request
            return Self.fields(request)
        case "present":
            guard let request = phone.request else { throw Broken("nothing was reviewed") }
            let picks = Self.picks(request, claims: with.optional("claims"))
            return ["text_ko": try await request.present(picks).text.ko]
        case "decline-presentation":
            guard let request = phone.request else { throw Broken("nothing was reviewed") }
            try await request.decline()
            return [:]
        default: return nil
        }
    }

    func services(_ word: String, _ with: Arguments, _ phone: Phone) async throws -> Fields? {
        switch word {
        case "services":
            let services = try await phone.open().services()
            return [
                "count": "\(services.count)", "service": services.first?.id, "name": services.first?.service.ko,
                "host": services.first?.host,
            ].compactMapValues { $0 }
        case "forget-service":
            try await phone.open().forget(service: try with.text("service"))
            return [:]
        default: return nil
        }
    }

    static func code(of phone: Phone) throws -> Secret {
        guard let code = phone.recoveryCode else { throw Broken("no recovery code is kept") }
        return code
    }

    /// What is suggested; with other claims, if the step names some.
    private static func picks(_ request: PresentationReview, claims: String?) -> [PresentationPick] {
        let suggested = request.suggested ?? []
        guard let claims else { return suggested }
        return suggested.map { pick in
            PresentationPick(
                query: pick.query, credential: pick.credential,
                claims: claims.split(separator: ", ").map(String.init))
        }
    }

    private static func fields(_ card: CardView) -> Fields {
        [
            "standing": card.standing, "epoch": "\(card.epoch)", "did": card.did,
            "credentials": "\(card.credentials)", "signers": "\(card.verified.signers)",
        ]
    }

    static func fields(_ submission: Submission) -> Fields {
        ["id": submission.id, "state": submission.state]
    }

    private static func fields(_ page: AuthorizationView) -> Fields {
        ["issuer": page.issuer.ko, "address": page.address, "host": page.host, "can_open": "\(page.canOpen)"]
    }

    /// How many there are, and the first of them.
    private static func fields(_ held: [Credential]) -> Fields {
        let first = held.first.map { fields($0.view) } ?? [:]
        return first.merging(["count": "\(held.count)"]) { $1 }
    }

    private static func fields(_ credential: CredentialView) -> Fields {
        [
            "credential": credential.id, "type": credential.vct, "state": credential.state,
            "copies": "\(credential.copiesLeft)", "issuer": credential.issuer?.ko,
        ].compactMapValues { $0 }
    }

    private static func fields(_ request: PresentationReview) -> Fields {
        let first = request.asked.compactMap { $0.showable.first?.combinations.first }.flatMap { $0 }
        return [
            "verifier": request.verifier.name.ko, "host": request.verifier.host,
            "registered": "\(request.verifier.isRegistered)", "can_present": "\(request.canPresent)",
            "claims": first.map { "\($0.path) = \($0.value)" }.joined(separator: ", "),
            "claimed": request.claimedName, "purpose": request.purposes.first?.ko,
            "sign_in": request.signIn.map { $0.isKnown ? "again" : "first" },
        ].compactMapValues { $0 }
    }

    /// How many lines there are, and the last of them, or of those of a kind.
    private static func fields(_ log: [CredentialEventView], of kind: String?) -> Fields {
        guard let last = log.last(where: { kind == nil || $0.kind == kind }) else { return ["lines": "0"] }
        return [
            "lines": "\(log.count)", "kind": last.kind, "claims": last.claims.joined(separator: ", "),
            "party": last.party?.ko, "host": last.host, "type": last.vct, "purpose": last.purpose?.ko,
        ].compactMapValues { $0 }
    }
}
