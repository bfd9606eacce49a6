import CitizenWallet
import Foundation

// The words of polls.
extension Runner {
    func voting(_ word: String, _ with: Arguments, _ phone: Phone) async throws -> Fields? {
        switch word {
        case "polls":
            let polls = try await phone.open().polls()
            return ["count": "\(polls.count)", "newest": polls.first?.id].compactMapValues { $0 }
        case "poll": return Self.fields(try await phone.open().poll(try with.text("poll")))
        case "await-casting":
            while true {
                let poll = try await phone.open().poll(try with.text("poll"))
                if poll.open { return Self.fields(poll) }
                try await Task.sleep(for: Self.pause)
            }
        case "register":
            // Until all registrars have signed or one refuses: a roll takes a moment to reach them.
            while true {
                let view = try await phone.open().register(for: try with.text("poll"), electorate: nil)
                if view.state != "registering" { return Self.fields(view) }
                try await Task.sleep(for: Self.pause)
            }
        case "registration": return Self.fields(try await phone.open().registration(for: try with.text("poll")))
        case "review-registration":
            let review = try await phone.open().reviewRegistration(for: try with.text("poll"), electorate: nil)
            phone.registration = review
            return [
                "by": review.by, "claims": review.card?.claims.joined(separator: ", ") ?? "none",
                "registrars": "\(review.registrars.count)",
                "answering": "\(review.registrars.filter(\.answers).count)",
            ]
        case "approve-registration":
            guard let review = phone.registration else { throw Broken("no registration was reviewed") }
            let view = try await review.register()
            if view.state != "registering" { return Self.fields(view) }
            return try await voting("register", Arguments(["poll": review.pollId]), phone)
        default: return try await balloting(word, with, phone)
        }
    }

    private func balloting(_ word: String, _ with: Arguments, _ phone: Phone) async throws -> Fields? {
        switch word {
        case "review-ballot":
            guard let option = UInt8(exactly: try with.number("option")) else { throw Broken("no such option") }
            // By hand: an option that is not there has no view to be chosen by.
            let choice = BallotChoice(contest: 0, numbers: Data([option]))
            let review = try await phone.open().reviewBallot(in: try with.text("poll"), choices: [choice])
            phone.ballot = review
            return [
                "fingerprint": review.fingerprint, "chosen": Self.words(review.choices),
                "sequence": "\(review.sequence)", "replaces": "\(review.replaces)",
                "checks_left": "\(review.checksLeft)",
            ]
        case "check-ballot":
            guard let review = phone.ballot else { throw Broken("no ballot was reviewed") }
            let opened = try await review.check()
            return [
                "fingerprint": opened.fingerprint, "chosen": Self.words(opened.choices),
                "promised": "\(opened.promised)", "checks_left": "\(opened.checksLeft)",
            ]
        case "cast-ballot":
            guard let review = phone.ballot else { throw Broken("no ballot was reviewed") }
            return Self.fields(try await review.cast())
        default: return try await verifying(word, with, phone)
        }
    }

    private func verifying(_ word: String, _ with: Arguments, _ phone: Phone) async throws -> Fields? {
        switch word {
        case "vote": return Self.fields(try await phone.open().vote(in: try with.text("poll")))
        case "follow-vote":
            var last: VoteView?
            for try await state in try phone.open().states(ofVoteIn: try with.text("poll")) { last = state }
            guard let last else { throw Broken("a vote without a state") }
            return Self.fields(last)
        case "vote-receipt":
            let receipt = try await phone.open().receipt(ofVoteIn: try with.text("poll"))
            return [
                "fingerprint": receipt.fingerprint, "sequence": "\(receipt.sequence)",
                "signers": "\(receipt.verified.signers)",
            ]
        case "verify-counted":
            let counted = try await phone.open().verifyCounted(in: try with.text("poll"))
            return [
                "fingerprint": counted.fingerprint, "counted": "\(counted.counted)", "state": counted.state,
            ]
        case "reward":
            let reward = try await phone.open().reward(for: try with.text("poll"))
            return ["state": reward.state, "points": "\(reward.points)"]
        case "verify-poll":
            let report = try await phone.open().verify(poll: try with.text("poll"))
            return [
                "ok": "\(report.ok)", "counted": "\(report.counted)", "spoiled": "\(report.spoiled)",
                "replaced": "\(report.replaced)", "failure": report.firstFailure,
            ].compactMapValues { $0 }
        default: return nil
        }
    }

    private static func fields(_ poll: Poll) -> Fields {
        [
            "title": poll.title.ko, "phase": poll.phase, "standing": poll.standing, "open": "\(poll.open)",
            "signers": "\(poll.verified.signers)",
        ]
    }

    private static func fields(_ registration: RegistrationView) -> Fields {
        let signed = registration.registrars.filter { $0.state == "signed" }.count
        let reason = registration.registrars.compactMap(\.reason).first
        return ["state": registration.state, "signed": "\(signed)", "reason_ko": reason?.ko].compactMapValues { $0 }
    }

    private static func fields(_ vote: VoteView) -> Fields {
        [
            "state": vote.state, "replaced": "\(vote.replaced)", "opened": "\(vote.opened)",
            "fingerprint": vote.fingerprint,
        ].compactMapValues { $0 }
    }

    /// What was chosen, in Korean.
    private static func words(_ choices: [ChosenView]) -> String {
        choices.flatMap(\.chosen).map(\.ko).joined(separator: ", ")
    }
}
