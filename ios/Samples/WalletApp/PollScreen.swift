#if canImport(SwiftUI)
import CitizenWallet
import SwiftUI

/// The polls of the city, the newest first.
struct PollsScreen: View {
    let wallet: any Wallet

    @State private var polls: [Poll]?
    @State private var error: WalletError?

    var body: some View {
        List {
            if let error { ErrorNote(error: error) { Task { await look() } } }
            if let polls {
                ForEach(polls) { poll in
                    NavigationLink {
                        PollScreen(poll: poll)
                    } label: {
                        LabeledContent(poll.title.text(.current), value: poll.standingText.text(.current))
                    }
                }
            } else if error == nil {
                ProgressView()
            }
        }
        .navigationTitle("투표 · Polls")
        .task { await look() }
    }

    private func look() async {
        error = nil
        do throws(WalletError) {
            polls = try await wallet.polls()
        } catch {
            self.error = error
        }
    }
}

/// A poll with one question in which one option is chosen. What must be said is said before she decides.
struct PollScreen: View {
    let poll: Poll

    @State private var review: RegistrationReview?
    @State private var registration: RegistrationView?
    @State private var chosen: OptionView?
    @State private var ballot: BallotReview?
    @State private var isBusy = false
    @State private var error: WalletError?

    var body: some View {
        List {
            Text(poll.text.text(.current))
            ForEach(poll.notices, id: \.self) { Text($0.text(.current)).font(.footnote) }
            if let error { ErrorNote(error: error) {} }
            if registration?.complete == true || poll.electorate != nil {
                if let question = poll.contests.first { options(of: question) }
            } else if let review {
                RegistrationSection(review: review) { act { try await register(review) } }
            } else if registration?.state == "registering" {
                // She has approved it: those that did not answer are asked again.
                Button("다시 묻기 · Ask again") { act { registration = try await poll.register() } }
            } else {
                Button("등록하기 · Register") { act { review = try await poll.reviewRegistration() } }
            }
            ForEach(registration?.registrars ?? [], id: \.name) { registrar in
                LabeledContent(
                    registrar.name.text(.current), value: (registrar.reason ?? registrar.text).text(.current))
            }
            if let ballot { BallotSection(poll: poll, ballot: ballot) }
        }
        .disabled(isBusy)
        .navigationTitle(poll.title.text(.current))
    }

    @ViewBuilder private func options(of question: ContestView) -> some View {
        Picker(question.question.text(.current), selection: $chosen) {
            ForEach(question.options, id: \.option) { Text($0.name.text(.current)).tag(Optional($0)) }
        }
        .pickerStyle(.inline)
        Button("투표용지 만들기 · Make the ballot") {
            act { ballot = try await poll.reviewBallot(question.choose(chosen ?? question.options[0])) }
        }
        .disabled(chosen == nil || !poll.open)
    }

    /// She has seen who asks for what. The registrars see a citizen and never the ballot.
    private func register(_ approved: RegistrationReview) async throws {
        // It is answered once.
        review = nil
        registration = try await approved.register()
    }

    private func act(_ work: @escaping () async throws -> Void) {
        Task {
            isBusy = true
            defer { isBusy = false }
            error = nil
            do {
                try await work()
            } catch let refused as WalletError where refused.next != .nothing {
                error = refused
            } catch {}
        }
    }
}

/// Who asks for what, before anything is shown: what of the card, if it is by that, and to which registrars.
struct RegistrationSection: View {
    let review: RegistrationReview
    let onApprove: () -> Void

    var body: some View {
        Section(review.electorateName.text(.current)) {
            Text(review.view.text.text(.current))
            if let card = review.card {
                LabeledContent("보여 줄 항목 · What is shown", value: card.claims.joined(separator: ", "))
            }
            ForEach(review.registrars, id: \.name) { registrar in
                LabeledContent(registrar.name.text(.current), value: registrar.text.text(.current))
            }
            Button(
                review.isByCard ? "시민카드를 보여 주고 등록하기 · Show the card and register" : "등록하기 · Register",
                action: onApprove)
        }
    }
}

/// The fingerprint, and the question "cast it, or check it?". Nothing was sent. A check is one tap.
struct BallotSection: View {
    let poll: Poll
    let ballot: BallotReview

    @State private var opened: OpenedBallotView?
    @State private var vote: VoteView?
    @State private var counted: CountedView?
    @State private var error: WalletError?

    var body: some View {
        Section(ballot.spoken.text(.current)) {
            Text(ballot.fingerprint).monospaced()
            Text(ballot.question.text(.current))
            if let opened {
                Text(opened.text.text(.current))
                Text(opened.opening).monospaced()
            } else if let vote {
                // It never says for what.
                Text((counted?.text ?? vote.text).text(.current)).font(.title2)
            } else {
                Button("투표하기 · Cast it") { Task { await cast() } }
                Button("열어서 확인하기 · Check it") { Task { await check() } }.disabled(ballot.checksLeft == 0)
            }
            if let error { ErrorNote(error: error) {} }
        }
    }

    private func cast() async {
        do throws(WalletError) {
            vote = try await ballot.cast()
            for try await state in poll.states { vote = state }
            if vote?.isPlaced == true { counted = try await poll.verifyCounted() }
        } catch {
            self.error = error.next == .nothing ? nil : error
        }
    }

    private func check() async {
        do throws(WalletError) {
            opened = try await ballot.check()
        } catch {
            self.error = error.next == .nothing ? nil : error
        }
    }
}

#if PREVIEW
#Preview("open") { NavigationStack { PollsScreen(wallet: PreviewWallet()) } }
#Preview("registered") { NavigationStack { PollsScreen(wallet: PreviewWallet(.registered)) } }
#Preview("refused") { NavigationStack { PollsScreen(wallet: PreviewWallet(.pollRefused)) } }
#Preview("over") { NavigationStack { PollsScreen(wallet: PreviewWallet(.pollOver)) } }
#endif
#endif
