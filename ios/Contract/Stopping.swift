import CitizenWallet
import class CitizenWalletFFI.CancelToken
import Foundation

extension Runner {
    /// How soon a stopped call answers, and whoever it asked is let go of.
    private static let soon = Duration.seconds(60)

    /// Starts a step, stops it when key store or network has been asked, and looks that both are let go of.
    func stopped(
        _ step: Step, _ with: Arguments, by phone: Phone, by way: String
    ) async throws -> Fields {
        let token = CancelToken()
        let call: @Sendable () async throws -> Void
        switch way {
        case "language": call = try stoppable(step.word, with, by: phone)
        case "token": call = try stoppable(step.word, with, by: phone, token: token)
        default: throw Broken("no such way to stop a call: \(way)")
        }
        let calling = Task { try await call() }
        let (net, finger) = (phone.net.waiting, phone.finger.waiting)
        guard await comesTrue(within: .seconds(300), { net.now + finger.now > 0 }) else {
            calling.cancel()
            throw Broken("neither key store nor network was asked")
        }
        let clock = ContinuousClock()
        let began = clock.now
        if way == "token" { token.cancel() } else { calling.cancel() }
        let answer = await calling.result
        guard clock.now - began < Self.soon else { throw Broken("stopped after \(clock.now - began)") }
        guard await comesTrue(within: Self.soon, { net.now + finger.now == 0 }) else {
            throw Broken("whoever was asked still waits")
        }
        try answer.get()
        return [:]
    }

    /// A call as an app makes it, which its task can be cancelled out of; with a token, as the wrapper makes it.
    private func stoppable(
        _ word: String, _ with: Arguments, by phone: Phone, token: CancelToken? = nil
    ) throws -> @Sendable () async throws -> Void {
        let wallet = try phone.open()
        let library = wallet.library
        switch word {
        case "balance":
            guard let token else { return { _ = try await wallet.balance() } }
            return { _ = try await library.balance(cancel: token) }
        case "scan":
            let text = try with.text("text")
            guard let token else { return { _ = try await wallet.scan(text) } }
            return { _ = try await library.scanText(text: text, cancel: token) }
        case "approve":
            guard let review = phone.review else { throw Broken("nothing was reviewed") }
            guard let token else { return { _ = try await review.approve() } }
            guard let inside = review.library else { throw Broken("a review without a library") }
            return { _ = try await library.approve(review: inside, cancel: token) }
        case "unlock":
            let pin = with.secret()
            guard let token else { return { try await wallet.unlock(pin) } }
            return { try await library.unlock(pin: pin, cancel: token) }
        case "sync":
            guard let token else { return { try await wallet.sync() } }
            return { _ = try await library.sync(cancel: token) }
        case "accept-offer":
            guard let offer = phone.offer else { throw Broken("no offer was reviewed") }
            let code = with.optional("code").map(Secret.init(typed:))
            guard token == nil else { throw Broken("\(word) is stopped by its task here") }
            return { _ = try await offer.accept(code: code) }
        case "rotate-card":
            guard let token else { return { _ = try await wallet.rotateCard() } }
            return { _ = try await library.rotateCard(cancel: token) }
        case "object-to-recovery":
            guard let token else { return { _ = try await wallet.objectToRecovery() } }
            return { _ = try await library.objectToRecovery(cancel: token) }
        case "approve-registration":
            guard let registration = phone.registration else { throw Broken("no registration was reviewed") }
            guard token == nil else { throw Broken("\(word) is stopped by its task here") }
            return { _ = try await registration.register() }
        case "cast-ballot":
            guard let ballot = phone.ballot else { throw Broken("no ballot was reviewed") }
            guard token == nil else { throw Broken("\(word) is stopped by its task here") }
            return { _ = try await ballot.cast() }
        default: throw Broken("\(word) is not among the words that can be stopped")
        }
    }
}

/// Whether a condition comes true in time.
public func comesTrue(within time: Duration, _ condition: @Sendable () -> Bool) async -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + time
    while !condition() {
        if clock.now > end { return false }
        try? await Task.sleep(for: .milliseconds(2))
    }
    return true
}
