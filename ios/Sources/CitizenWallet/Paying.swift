import CitizenWalletFFI
import Foundation

/// A code with the centre's signed word on whose it is.
public struct ScannedCode: Sendable {
    /// The code as it was read: unverified.
    public let reading: CodeReading
    /// Whose it is, by the centre's word.
    public let merchant: MerchantView
    /// Whether it may be paid.
    public let isUsable: Bool

    let library: CitizenWalletFFI.ScannedCode?

    init(_ library: CitizenWalletFFI.ScannedCode) {
        self.reading = library.reading()
        self.merchant = library.merchant()
        self.isUsable = library.isUsable()
        self.library = library
    }
}

/// What will happen if the citizen approves: nothing has happened yet. It is approved once.
@dynamicMemberLookup
public struct PaymentReview: Sendable {
    /// What to show.
    public let view: ReviewView

    let wallet: any Wallet
    package let library: CitizenWalletFFI.Review?

    /// What to show, piece by piece: `review.merchant`.
    public subscript<Value>(dynamicMember piece: KeyPath<ReviewView, Value>) -> Value {
        view[keyPath: piece]
    }

    /// Signs the order and hands it to the centre. The finger is asked for here, if the amount wants one. Without a connection the order
    /// lies in the outbox, and the next synchronisation sends it.
    public func approve() async throws(WalletError) -> Payment {
        try await wallet.approve(self)
    }
}

extension PaymentReview: Hashable {
    /// The same plan of the same wallet.
    public static func == (left: PaymentReview, right: PaymentReview) -> Bool {
        left.view == right.view && left.wallet === right.wallet
    }

    /// By what it shows.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(view)
    }
}

extension Payment: Hashable {
    /// The same payment, as far.
    public static func == (left: Payment, right: Payment) -> Bool {
        left.view == right.view && left.wallet === right.wallet
    }

    /// By what it shows.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(view)
    }
}

/// A payment of this phone. From its approval on it comes to its end without the app.
@dynamicMemberLookup
public struct Payment: Sendable, Identifiable {
    /// How far it was when it was asked for.
    public let view: PaymentView

    let wallet: any Wallet

    /// Its number.
    public var id: PaymentId {
        view.paymentId
    }

    /// How far it is, piece by piece: `payment.progress`.
    public subscript<Value>(dynamicMember piece: KeyPath<PaymentView, Value>) -> Value {
        view[keyPath: piece]
    }

    /// Its states from now to its end. Fails with `Pending` if it is not at its end after a minute: it ends by itself.
    public var states: Steps<PaymentView> {
        let (first, rest) = (view, wallet.states(of: id))
        return Steps { tell in
            tell(first)
            if first.progress.isFinal { return }
            try await rest.follow(tell)
        }
    }

    /// Its end.
    public func end() async throws(WalletError) -> PaymentView {
        var last = view
        for try await state in states {
            last = state
        }
        return last
    }

    /// Its receipt, verified, once it is captured.
    public func receipt() async throws(WalletError) -> ReceiptFile {
        try await wallet.receipt(of: id)
    }

    /// The text of a code to show at the shop.
    public func receiptCode() async throws(WalletError) -> String {
        try await wallet.receiptCode(of: id)
    }

    /// What came back of it so far, and what still may.
    public func refunds() async throws(WalletError) -> RefundsView {
        try await wallet.refunds(of: id)
    }

    /// Asks the merchant to give so much back.
    public func askRefund(_ amount: Won, reason: String) async throws(WalletError) -> RefundsView {
        try await wallet.askRefund(of: id, amount: amount, reason: reason)
    }
}

// Plan, review, approve once, follow to the end.
extension CitizenWallet {
    public func scan(_ text: String) async throws(WalletError) -> ScannedCode {
        ScannedCode(try await cancellable { try await self.library.scanText(text: text, cancel: $0) })
    }

    #if SCAN
    /// Reads a PNG or JPEG picture and asks the centre who it is.
    public func scan(image: Data) async throws(WalletError) -> ScannedCode {
        ScannedCode(try await cancellable { try await self.library.scanImage(bytes: image, cancel: $0) })
    }
    #endif

    public func reviewPayment(
        of code: ScannedCode, amount: Won?, coins: Coins
    ) async throws(WalletError) -> PaymentReview {
        let code = try own(code.library)
        let review = try await cancellable { token in
            try await self.library.reviewPayment(code: code, coins: coins, amount: amount?.amount, cancel: token)
        }
        return PaymentReview(view: review.view(), wallet: self, library: review)
    }

    public func approve(_ review: PaymentReview) async throws(WalletError) -> Payment {
        let review = try own(review.library)
        let view = try await cancellable { try await self.library.approve(review: review, cancel: $0) }
        return Payment(view: view, wallet: self)
    }

    public func payment(_ id: PaymentId) async throws(WalletError) -> Payment {
        Payment(
            view: try await cancellable { try await self.library.payment(payment: id, cancel: $0) }, wallet: self)
    }

    public func payments() async throws(WalletError) -> [Payment] {
        let views = try await cancellable { try await self.library.payments(cancel: $0) }
        return views.map { Payment(view: $0, wallet: self) }
    }

    public func states(of payment: PaymentId) -> Steps<PaymentView> {
        steps { event in
            if case .payment(let view) = event, view.paymentId == payment { view } else { nil }
        } following: { library, token in
            try await library.followPayment(payment: payment, cancel: token)
        }
    }

    /// What the library tells while it follows something, and its last word.
    func steps<View: Sendable & Equatable>(
        _ own: @escaping @Sendable (WalletEvent) -> View?,
        following: @escaping @Sendable (CitizenWalletFFI.Wallet, CancelToken) async throws -> View
    ) -> Steps<View> {
        let (library, hub) = (library, hub)
        return Steps { tell in
            let events = hub.events()
            let telling = Task {
                for await event in events {
                    if let view = own(event) { tell(view) }
                }
            }
            defer { telling.cancel() }
            let end = try await cancellable { try await following(library, $0) }
            // What is still on its way from a step before does not come after the end.
            telling.cancel()
            await telling.value
            tell(end)
        }
    }

    /// What a wallet for designing has made is of no use to a real one.
    func own<Object>(_ library: Object?) throws(WalletError) -> Object {
        guard let library else { throw .Expired(what: "review") }
        return library
    }
}
