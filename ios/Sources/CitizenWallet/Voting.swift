import CitizenWalletFFI
import Foundation

/// A poll of the city, and this citizen's part in it.
@dynamicMemberLookup
public struct Poll: Sendable, Identifiable {
    /// What is asked, of whom, when, and where it stood when it was asked for; proved.
    public let view: PollView

    let wallet: any Wallet

    /// Its name.
    public var id: PollId {
        view.id
    }

    /// What it is, piece by piece: `poll.contests`.
    public subscript<Value>(dynamicMember piece: KeyPath<PollView, Value>) -> Value {
        view[keyPath: piece]
    }

    /// Asks the registrars, under nobody's name, how they want to know who registers, and says what of the citizen card they would be
    /// shown. Nothing is shown yet. As a member of the first electorate, unless another is named. Fails with `Refused`,
    /// `roll-needs-card`, where they want the card and she holds none that can be shown.
    public func reviewRegistration(as electorate: ElectorateView? = nil) async throws(WalletError) -> RegistrationReview {
        try await wallet.reviewRegistration(for: id, electorate: electorate?.index)
    }

    /// Has every registrar sign the voting key without seeing it: they see a citizen and never the ballot. Called again, those that did
    /// not answer are asked again. As a member of the first electorate, unless another is named. By her account; where she has approved it
    /// in a ``RegistrationReview``, by her card.
    public func register(as electorate: ElectorateView? = nil) async throws(WalletError) -> RegistrationView {
        try await wallet.register(for: id, electorate: electorate?.index)
    }

    /// How far the registration is, without asking anybody.
    public func registration() async throws(WalletError) -> RegistrationView {
        try await wallet.registration(for: id)
    }

    /// Encrypts a ballot and says what it is; nothing is sent. One choice for each contest: `contest.choose(option)`. Show the
    /// fingerprint before the question "cast it, or check it?".
    public func reviewBallot(_ choices: BallotChoice...) async throws(WalletError) -> BallotReview {
        try await wallet.reviewBallot(in: id, choices: choices)
    }

    /// How far the vote is, as far as it is known without asking anybody.
    public func vote() async throws(WalletError) -> VoteView {
        try await wallet.vote(in: id)
    }

    /// How far the vote is, step by step until its ballot stands on the board or never will. It goes on without the app, and a
    /// synchronisation finds out; relays gather for minutes.
    public var states: Steps<VoteView> {
        let (wallet, id) = (wallet, id)
        return Steps { tell in
            tell(try await wallet.vote(in: id))
            try await wallet.states(ofVoteIn: id).follow(tell)
        }
    }

    /// The proof that the ballot stands on the board. It does not say for what.
    public func receipt() async throws(WalletError) -> VoteReceiptView {
        try await wallet.receipt(ofVoteIn: id)
    }

    /// Whether the ballot counts: the whole board is read, and nobody is asked about it.
    public func verifyCounted() async throws(WalletError) -> CountedView {
        try await wallet.verifyCounted(in: id)
    }

    /// The whole result, every check, on this phone. Fails with `Invalid` while the board is open.
    public func verify() async throws(WalletError) -> PollReportView {
        try await wallet.verify(poll: id)
    }

    /// The next step to the reward for taking part.
    public func reward() async throws(WalletError) -> RewardView {
        try await wallet.reward(for: id)
    }
}

/// All polls, those of her district first.
@dynamicMemberLookup
public struct PollsNear: Sendable {
    /// Which district it is, and how that is known.
    public let view: PollsNearView
    /// Polls with an electorate of her district, the newest first.
    public let near: [Poll]
    /// Other polls with an electorate of the whole city.
    public let city: [Poll]
    /// Polls of other districts alone.
    public let elsewhere: [Poll]

    init(view: PollsNearView, wallet: any Wallet) {
        let polls = { (views: [PollView]) in views.map { Poll(view: $0, wallet: wallet) } }
        self.view = view
        (near, city, elsewhere) = (polls(view.near), polls(view.city), polls(view.elsewhere))
    }

    /// What is known of her district, piece by piece: `polls.district`.
    public subscript<Value>(dynamicMember piece: KeyPath<PollsNearView, Value>) -> Value {
        view[keyPath: piece]
    }
}

/// A registration before she approves it: nothing was shown. Registering takes what is in it, once.
@dynamicMemberLookup
public struct RegistrationReview: Sendable {
    /// What to show: what of the card, if it is by that, and which registrars ask.
    public let view: RegistrationReviewView

    let wallet: any Wallet
    let library: CitizenWalletFFI.RegistrationReview?

    /// Whether registrars would be shown the citizen card.
    public var isByCard: Bool {
        view.by == "card"
    }

    /// What to show, piece by piece: `review.registrars`.
    public subscript<Value>(dynamicMember piece: KeyPath<RegistrationReviewView, Value>) -> Value {
        view[keyPath: piece]
    }

    /// Registers as the view says. Those that did not answer are asked again by ``Poll/register(as:)``.
    public func register() async throws(WalletError) -> RegistrationView {
        try await wallet.register(self)
    }
}

/// A ballot before she decides: nothing was sent. Casting or checking takes what is in it, once.
@dynamicMemberLookup
public struct BallotReview: Sendable {
    /// What to show, its fingerprint first.
    public let view: BallotReviewView

    let wallet: any Wallet
    let library: CitizenWalletFFI.BallotReview?

    /// What to show, piece by piece: `ballot.fingerprint`.
    public subscript<Value>(dynamicMember piece: KeyPath<BallotReviewView, Value>) -> Value {
        view[keyPath: piece]
    }

    /// Casts it. Without a relay's promise it lies in the outbox and is sent again; a later ballot replaces it.
    public func cast() async throws(WalletError) -> VoteView {
        try await wallet.cast(self)
    }

    /// Opens it instead, for the second device that scanned its fingerprint before. It never counts.
    public func check() async throws(WalletError) -> OpenedBallotView {
        try await wallet.check(self)
    }
}

extension ContestView {
    /// These options, where one chooses.
    public func choose(_ options: OptionView...) -> BallotChoice {
        BallotChoice(contest: contest, numbers: Data(options.map(\.option)))
    }

    /// A score for each option, where one scores; an option that is not named gets 0.
    public func score(_ scores: [OptionView: UInt8]) -> BallotChoice {
        BallotChoice(contest: contest, numbers: Data(options.map { scores[$0] ?? 0 }))
    }

    /// All options in order, the preferred first.
    public func rank(_ options: [OptionView]) -> BallotChoice {
        BallotChoice(contest: contest, numbers: Data(options.map(\.option)))
    }
}

extension VoteView {
    /// Whether the ballot stands on the board: proved, never said.
    public var isPlaced: Bool {
        state == "placed"
    }

    /// Whether nothing more will happen by itself.
    public var isFinal: Bool {
        hasEnded
    }
}

// Polls, registration, a ballot that is checked or cast, what verifies it.
extension CitizenWallet {
    public func polls() async throws(WalletError) -> [Poll] {
        let views = try await cancellable { try await self.library.polls(cancel: $0) }
        return views.map { Poll(view: $0, wallet: self) }
    }

    public func pollsNear(district: String?) async throws(WalletError) -> PollsNear {
        let view = try await cancellable { try await self.library.pollsNear(district: district, cancel: $0) }
        return PollsNear(view: view, wallet: self)
    }

    public func poll(_ id: PollId) async throws(WalletError) -> Poll {
        Poll(view: try await cancellable { try await self.library.poll(poll: id, cancel: $0) }, wallet: self)
    }

    public func reviewRegistration(
        for poll: PollId, electorate: UInt8?
    ) async throws(WalletError) -> RegistrationReview {
        let review = try await cancellable { token in
            try await self.library.reviewRegistration(poll: poll, electorate: electorate, cancel: token)
        }
        return RegistrationReview(view: review.view(), wallet: self, library: review)
    }

    public func register(_ review: RegistrationReview) async throws(WalletError) -> RegistrationView {
        let review = try own(review.library)
        // By the card, copies of it are used up, and it stands in the log.
        defer { hub.tellOfCredentials() }
        return try await cancellable { try await self.library.register(review: review, cancel: $0) }
    }

    public func register(for poll: PollId, electorate: UInt8?) async throws(WalletError) -> RegistrationView {
        defer { hub.tellOfCredentials() }
        return try await cancellable { token in
            try await self.library.registerForPoll(poll: poll, electorate: electorate, cancel: token)
        }
    }

    public func registration(for poll: PollId) async throws(WalletError) -> RegistrationView {
        try await cancellable { try await self.library.pollRegistration(poll: poll, cancel: $0) }
    }

    public func reviewBallot(
        in poll: PollId, choices: [BallotChoice]
    ) async throws(WalletError) -> BallotReview {
        let review = try await cancellable { token in
            try await self.library.reviewBallot(poll: poll, choices: choices, cancel: token)
        }
        return BallotReview(view: review.view(), wallet: self, library: review)
    }

    public func check(_ review: BallotReview) async throws(WalletError) -> OpenedBallotView {
        let review = try own(review.library)
        return try await cancellable { try await self.library.checkBallot(review: review, cancel: $0) }
    }

    public func cast(_ review: BallotReview) async throws(WalletError) -> VoteView {
        let review = try own(review.library)
        return try await cancellable { try await self.library.castBallot(review: review, cancel: $0) }
    }

    public func vote(in poll: PollId) async throws(WalletError) -> VoteView {
        try await cancellable { try await self.library.vote(poll: poll, cancel: $0) }
    }

    public func advance(voteIn poll: PollId) async throws(WalletError) -> VoteView {
        try await cancellable { try await self.library.advanceVote(poll: poll, cancel: $0) }
    }

    public func states(ofVoteIn poll: PollId) -> Steps<VoteView> {
        steps { event in
            if case .vote(let view) = event, view.pollId == poll { view } else { nil }
        } following: { library, token in
            while true {
                do {
                    return try await library.followVote(poll: poll, cancel: token)
                } catch WalletError.Offline(let canQueue) where canQueue {
                    // Not there after a minute: relays gather for longer, and whoever looks wants to see it.
                }
            }
        }
    }

    public func receipt(ofVoteIn poll: PollId) async throws(WalletError) -> VoteReceiptView {
        try await cancellable { try await self.library.voteReceipt(poll: poll, cancel: $0) }
    }

    public func verifyCounted(in poll: PollId) async throws(WalletError) -> CountedView {
        try await cancellable { try await self.library.verifyCounted(poll: poll, cancel: $0) }
    }

    public func verify(poll: PollId) async throws(WalletError) -> PollReportView {
        try await cancellable { try await self.library.verifyPoll(poll: poll, cancel: $0) }
    }

    public func reward(for poll: PollId) async throws(WalletError) -> RewardView {
        try await cancellable { try await self.library.reward(poll: poll, cancel: $0) }
    }
}
