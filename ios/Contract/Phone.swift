import CitizenWallet
import Foundation

/// A phone of a case: the app's own parts, where the wallet lies, and what was made last.
final class Phone {
    let name: String
    let finger: Finger
    let net: Net
    let lines: Lines
    let watch = Watch()
    let ear = Ear()
    private let store: URL

    var wallet: CitizenWallet?
    var recoveryCode: Secret?
    var backup: Data?
    var receipts: [PaymentId: Data] = [:]
    var scanned: ScannedCode?
    var review: PaymentReview?
    var codeReview: CodeReview?
    var giftReview: GiftReview?
    var registration: RegistrationReview?
    var ballot: BallotReview?
    var offer: OfferReview?
    var request: PresentationReview?

    init(_ name: String, in folder: URL, death: Net.Death?) throws {
        self.name = name
        let folder = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        store = folder.appendingPathComponent("wallet.sqlite")
        finger = Finger(folder.appendingPathComponent("keys"))
        net = Net(death: death)
        lines = Lines(beside: net)
    }

    func config(_ city: City? = nil) -> WalletConfig {
        var config = WalletConfig(
            store: store, keys: .platform(finger), city: city, transport: net, clock: watch, connections: lines)
        config.listener = ear
        config.returnAddress = "https://wallet.seoul.example/back"
        return config
    }

    func open() throws -> CitizenWallet {
        guard let wallet else { throw Broken("\(name) has no wallet") }
        return wallet
    }
}

extension Secret {
    /// For tests: what is typed here stays in memory as a string.
    package convenience init(typed text: String) {
        self.init()
        for character in text { append(character) }
    }
}

/// What a step brought: texts by name.
typealias Fields = [String: String]

extension Runner {
    /// The result of a refused step.
    static func fields(of error: WalletError) -> Fields {
        var fields = ["code": error.stableCode, "ko": error.text(.korean), "en": error.text(.english)]
        switch error {
        case .WrongPin(let left, let wait):
            fields["tries_left"] = "\(left)"
            fields["wait_seconds"] = "\(wait)"
        case .Offline(let canQueue): fields["can_queue"] = "\(canQueue)"
        case .Pending(let payment): fields["payment"] = payment
        case .Stale(let asOf): fields["as_of"] = "\(asOf)"
        case .ClockWrong(let seconds): fields["by_seconds"] = "\(seconds)"
        case .Unverified(let what, let origin):
            fields["what"] = what
            fields["origin"] = origin
        case .NotEnough(let asked, let available):
            fields["asked"] = text(of: asked)
            fields["available"] = text(of: available)
        case .Limit(let limit, let left, let resets):
            fields["limit"] = text(of: limit)
            fields["left"] = text(of: left)
            fields["resets"] = resets.map { "\($0)" }
        case .Refused(let by, let reason):
            fields["by"] = by
            fields["reason"] = reason
        case .Expired(let what): fields["what"] = what
        case .BadCode(let rule, let position):
            fields["rule"] = rule
            fields["position"] = "\(position)"
        case .Fenced(let since): fields["since"] = "\(since)"
        case .UnknownParty(let claimed): fields["claims_to_be"] = claimed
        case .NeedsRefresh(let height): fields["height"] = "\(height)"
        case .Invalid(let reason): fields["reason"] = reason
        case .Internal(let incident): fields["incident"] = incident
        case .Locked, .KeyInvalidated, .NeedsRestore, .NeedsUpdate, .StoreBusy, .StoreDamaged, .StorageFull, .Cancelled:
            break
        }
        return fields
    }

    private static func text(of amount: Amount) -> String {
        switch amount {
        case .points(let amount): "\(amount) points"
        case .won(let amount): "\(amount) won"
        }
    }
}
