import CitizenWalletFFI

/// What giving will do. It is approved once.
@dynamicMemberLookup
public struct GiftReview: Sendable {
    /// What to show.
    public let view: GiftReviewView

    let wallet: any Wallet
    let library: CitizenWalletFFI.GiftReview?

    /// What to show, piece by piece.
    public subscript<Value>(dynamicMember piece: KeyPath<GiftReviewView, Value>) -> Value {
        view[keyPath: piece]
    }

    /// Gives. It cannot be taken back.
    public func approve() async throws(WalletError) -> Submission {
        try await wallet.approve(self)
    }
}

/// What redeeming will do. It is approved once.
@dynamicMemberLookup
public struct RedemptionReview: Sendable {
    /// What to show.
    public let view: RedemptionReviewView

    let wallet: any Wallet
    let library: CitizenWalletFFI.RedemptionReview?

    /// What to show, piece by piece.
    public subscript<Value>(dynamicMember piece: KeyPath<RedemptionReviewView, Value>) -> Value {
        view[keyPath: piece]
    }

    /// Redeems. It cannot be undone.
    public func approve() async throws(WalletError) -> Submission {
        try await wallet.approve(self)
    }
}

/// A gift, a redemption or a change of limits on its way.
@dynamicMemberLookup
public struct Submission: Sendable, Identifiable {
    /// How far it was when it was asked for.
    public let view: SubmissionView

    let wallet: any Wallet

    /// Its transaction.
    public var id: TransactionId {
        view.id
    }

    /// How far it is, piece by piece.
    public subscript<Value>(dynamicMember piece: KeyPath<SubmissionView, Value>) -> Value {
        view[keyPath: piece]
    }

    /// Follows it to its end.
    public func follow() async throws(WalletError) -> SubmissionView {
        try await wallet.follow(submission: id)
    }
}

// Gifts, redemptions and limits: reviewed, approved, followed like payments.
extension CitizenWallet {
    public func giftCode() async throws(WalletError) -> String {
        try await cancellable { try await self.library.giftCode(cancel: $0) }
    }

    public func reviewGift(to code: String, points: Points) async throws(WalletError) -> GiftReview {
        let review = try await cancellable { token in
            try await self.library.reviewGift(code: code, points: points.amount, cancel: token)
        }
        return GiftReview(view: review.view(), wallet: self, library: review)
    }

    public func approve(_ review: GiftReview) async throws(WalletError) -> Submission {
        let review = try own(review.library)
        let view = try await cancellable { try await self.library.approveGift(review: review, cancel: $0) }
        return Submission(view: view, wallet: self)
    }

    public func reviewRedemption(of points: Points) async throws(WalletError) -> RedemptionReview {
        let review = try await cancellable { token in
            try await self.library.reviewRedemption(points: points.amount, cancel: token)
        }
        return RedemptionReview(view: review.view(), wallet: self, library: review)
    }

    public func approve(_ review: RedemptionReview) async throws(WalletError) -> Submission {
        let review = try own(review.library)
        let view = try await cancellable { try await self.library.approveRedemption(review: review, cancel: $0) }
        return Submission(view: view, wallet: self)
    }

    public func limits() async throws(WalletError) -> LimitsView {
        try await cancellable { try await self.library.limits(cancel: $0) }
    }

    public func setLimits(_ limits: OwnLimits?) async throws(WalletError) -> Submission {
        let view = try await cancellable { try await self.library.setLimits(limits: limits, cancel: $0) }
        return Submission(view: view, wallet: self)
    }

    public func submissions() async throws(WalletError) -> [Submission] {
        let views = try await cancellable { try await self.library.submissions(cancel: $0) }
        return views.map { Submission(view: $0, wallet: self) }
    }

    public func follow(submission: TransactionId) async throws(WalletError) -> SubmissionView {
        try await cancellable { try await self.library.followSubmission(id: submission, cancel: $0) }
    }
}
