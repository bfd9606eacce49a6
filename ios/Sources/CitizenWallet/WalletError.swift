import CitizenWalletFFI
import Foundation

/// Why the wallet did not do it. Its variants are what the app does next; ``NextStep`` says it in Swift's own types, and
/// `text(language:)` is the sentence beside it.
public typealias WalletError = CitizenWalletFFI.WalletError
/// An amount in an error.
public typealias Amount = CitizenWalletFFI.Amount

extension WalletError {
    /// The stable code, the same in every language: `not-enough`.
    public var stableCode: String {
        code()
    }

    /// The sentence for people.
    public func text(_ language: Language) -> String {
        text(language: language)
    }

    /// What the screen does next.
    public var next: NextStep {
        switch self {
        case .Locked: .askPin(triesLeft: nil, wait: .zero)
        case .WrongPin(let triesLeft, let wait): .askPin(triesLeft: triesLeft, wait: .seconds(wait))
        case .Offline(let canQueue): canQueue ? .willBeSent : .tryAgain
        case .Pending(let payment): .beingChecked(payment)
        case .Stale(let asOf): .showStale(asOf: Date(seconds: asOf))
        case .ClockWrong(let seconds): .setClock(by: .seconds(seconds))
        case .Unverified, .UnknownParty: .showNothing
        case .NotEnough, .Limit: .changeAmount
        case .Refused: .showReason
        case .Expired(let what): .renew(what)
        case .BadCode: .notACode
        case .KeyInvalidated, .NeedsRestore, .StoreDamaged: .restore
        case .Fenced(let since): .onlyShow(since: Date(seconds: since))
        case .NeedsUpdate: .updateApp
        case .StoreBusy: .closeOther
        case .StorageFull: .freeSpace
        case .Cancelled: .nothing
        case .NeedsRefresh: .refreshReceipt
        case .Invalid(let reason): .correctInput(reason)
        case .Internal(let incident): .report(incident)
        }
    }

    /// What the generated code threw. It throws nothing but this error; a panic that reached it is a fault.
    init(caught error: any Error) {
        switch error {
        case let error as WalletError: self = error
        case is CancellationError: self = .Cancelled
        default: self = .Internal(incident: "panic")
        }
    }
}

/// What the screen does after an error.
public enum NextStep: Hashable, Sendable {
    /// Ask for the PIN: so many tries are left, or so long to wait.
    case askPin(triesLeft: UInt32?, wait: Duration)
    /// Say that there is no connection, and offer to try again.
    case tryAgain
    /// Say that it will be sent as soon as there is a connection.
    case willBeSent
    /// Say that it is being checked: never "paid", never "failed". It ends by itself.
    case beingChecked(PaymentId)
    /// Show the last verified numbers with their time, greyed; approve nothing.
    case showStale(asOf: Date)
    /// Ask to set the phone's clock, which is off by so much.
    case setClock(by: Duration)
    /// Show no number: an answer failed its check, or nobody knows who answers. Another gateway may be tried; report it.
    case showNothing
    /// Point at the amount: it is more than there is, or above a limit.
    case changeAmount
    /// Show the other side's reason.
    case showReason
    /// Renew the code, the review, the request: what ran out.
    case renew(String)
    /// Say that this is not a payment code.
    case notACode
    /// Offer to restore from the backup.
    case restore
    /// Another phone has this wallet since then: show, approve nothing.
    case onlyShow(since: Date)
    /// Ask to update the app.
    case updateApp
    /// Ask to close the other program, or release the other instance.
    case closeOther
    /// Ask to free space; nothing acknowledged is lost.
    case freeSpace
    /// Fetch a newer proof for the receipt.
    case refreshReceipt
    /// Show why beside the input.
    case correctInput(String)
    /// Show the incident number, which says nothing about anybody.
    case report(String)
    /// Nothing: the citizen stopped it.
    case nothing
}

extension Date {
    /// A time as the wallet's views carry it.
    public init(seconds: UnixSeconds) {
        self.init(timeIntervalSince1970: TimeInterval(seconds))
    }
}
