import CitizenWalletFFI

/// What showing a code will allow. It is approved once.
@dynamicMemberLookup
public struct CodeReview: Sendable {
    /// What to show.
    public let view: CodeReviewView

    let wallet: any Wallet
    let library: CitizenWalletFFI.CodeReview?

    /// What to show, piece by piece.
    public subscript<Value>(dynamicMember piece: KeyPath<CodeReviewView, Value>) -> Value {
        view[keyPath: piece]
    }

    /// Signs the mandate and shows the code.
    public func show() async throws(WalletError) -> ShownCode {
        try await wallet.show(self)
    }
}

/// A code on this phone's screen, for a shop to charge.
@dynamicMemberLookup
public struct ShownCode: Sendable, Identifiable {
    /// What to show: the QR symbol's and the bar code's text, until when.
    public let view: ShownCodeView

    let wallet: any Wallet

    /// The payment that its charge will be.
    public var id: PaymentId {
        view.paymentId
    }

    /// What to show, piece by piece: `code.qr`.
    public subscript<Value>(dynamicMember piece: KeyPath<ShownCodeView, Value>) -> Value {
        view[keyPath: piece]
    }

    /// Its states until it is charged, expired or revoked.
    public var states: Steps<ShownCodeView> {
        let (first, rest) = (view, wallet.states(ofCode: id))
        return Steps { tell in
            tell(first)
            try await rest.follow(tell)
        }
    }

    /// Another code with the same caps in its place.
    public func renew() async throws(WalletError) -> ShownCode {
        try await wallet.renew(code: id)
    }

    /// Takes it back: the ledger will refuse its charge.
    @discardableResult
    public func hide() async throws(WalletError) -> ShownCodeView {
        try await wallet.hide(code: id)
    }
}

extension CitizenWallet {
    public func reviewCode(total: Won, coins: Coins) async throws(WalletError) -> CodeReview {
        let review = try await cancellable { token in
            try await self.library.reviewCode(total: total.amount, coins: coins, cancel: token)
        }
        return CodeReview(view: review.view(), wallet: self, library: review)
    }

    public func show(_ review: CodeReview) async throws(WalletError) -> ShownCode {
        let review = try own(review.library)
        let view = try await cancellable { try await self.library.showCode(review: review, cancel: $0) }
        return ShownCode(view: view, wallet: self)
    }

    public func renew(code: PaymentId) async throws(WalletError) -> ShownCode {
        let view = try await cancellable { try await self.library.renewCode(payment: code, cancel: $0) }
        return ShownCode(view: view, wallet: self)
    }

    public func hide(code: PaymentId) async throws(WalletError) -> ShownCodeView {
        try await cancellable { try await self.library.hideCode(payment: code, cancel: $0) }
    }

    public func advance(code: PaymentId) async throws(WalletError) -> ShownCodeView {
        try await cancellable { try await self.library.advanceCode(payment: code, cancel: $0) }
    }

    public func codes() async throws(WalletError) -> [ShownCode] {
        let views = try await cancellable { try await self.library.codes(cancel: $0) }
        return views.map { ShownCode(view: $0, wallet: self) }
    }

    public func states(ofCode code: PaymentId) -> Steps<ShownCodeView> {
        steps { event in
            if case .code(let view) = event, view.paymentId == code { view } else { nil }
        } following: { library, token in
            try await library.followCode(payment: code, cancel: token)
        }
    }
}
