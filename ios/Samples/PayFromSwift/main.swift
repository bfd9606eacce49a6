// Pays a sandbox city's printed QR code from Swift, end to end; or registers for a poll, after it has shown who asks for what.
//
//     cargo run --release -- up                       # prints the city's address; writes target/city/city.json
//     swift run pay-from-swift --city http://127.0.0.1:PORT --trust ../target/city/city.json \
//         --code ../examples/codes/static-rotated.png --amount 12000 --coins 5000 --home /tmp/hana

import CitizenWallet
import Foundation

let options = Options(CommandLine.arguments)

do throws(WalletError) {
    let wallet = try await openOrCreate(options)
    switch options.errand {
    case .pay(let picture, let amount, let coins): try await pay(wallet, picture, amount, coins)
    case .register(let poll, let card): try await register(wallet, poll, card)
    }
    await wallet.release()
} catch {
    print("\(error.stableCode): \(error.text(.english))")
    print("\(error.stableCode): \(error.text(.korean))")
    exit(1)
}

func pay(_ wallet: CitizenWallet, _ picture: Data, _ amount: Won, _ coins: Coins) async throws(WalletError) {
    show(try await wallet.balance())

    // Scan, see, approve, receipt.
    let code = try await wallet.scan(image: picture)
    let review = try await wallet.reviewPayment(of: code, amount: amount, coins: coins)
    print(review.spoken.text(options.language))

    let payment = try await review.approve()
    for try await state in payment.states {
        print("  \(state.text.text(options.language))")
    }

    let receipt = try await payment.receipt()
    let mark = try await verifyReceipt(receipt.file, trustFile: try await wallet.trustFile()).verified
    print("receipt: block \(mark.height), \(mark.signers) of \(mark.validators) signers, verified without the wallet")
    show(try await wallet.balance())
}

func register(
    _ wallet: CitizenWallet, _ poll: PollId, _ card: (offer: String, code: String)?
) async throws(WalletError) {
    if let card {
        var code = Array(card.code)
        _ = try await wallet.reviewOffer(card.offer).accept(code: Secret(consuming: &code))
    }

    // Who asks for what. Nothing is shown yet.
    let poll = try await wallet.poll(poll)
    let review = try await poll.reviewRegistration()
    print("\(review.title.text(options.language)): \(review.view.text.text(options.language))")
    if let card = review.card { print("shown: \(card.claims.joined(separator: ", "))") }
    for registrar in review.registrars {
        print("  \(registrar.name.text(options.language)): \(registrar.text.text(options.language))")
    }
    print("register? (y/n)")
    guard readLine() == "y" else { return print("nothing was shown") }

    var registration = try await review.register()
    while registration.state == "registering" {
        // One that was down, or is at work, is asked again: she has approved it.
        try? await Task.sleep(for: .seconds(1))
        registration = try await poll.register()
    }
    for registrar in registration.registrars {
        let said = (registrar.reason ?? registrar.text).text(options.language)
        print("  \(registrar.name.text(options.language)): \(said)")
    }
    print(registration.text.text(options.language))
}

/// The first time an account is opened and some points are earned; from then on the wallet is there.
func openOrCreate(_ options: Options) async throws(WalletError) -> CitizenWallet {
    let config = WalletConfig(in: options.home, city: options.city)
    if FileManager.default.fileExists(atPath: config.store.path) {
        return try await CitizenWallet.open(config, pin: options.pin)
    }
    let wallet = try await CitizenWallet.create(config, pin: options.pin)
    // An app shows this code once, and has it typed again.
    let recoveryCode = try await wallet.generateRecoveryCode()
    _ = try await wallet.openAccount(recoveryCode: recoveryCode)
    _ = try await wallet.enrol(options.name)
    _ = try await wallet.earn(programme: "eco", evidence: "eco-2026-h1")
    return wallet
}

func show(_ balance: BalanceView) {
    let won = balance.won.map { Won($0.krw).text(.english) } ?? "the bank is silent"
    let mark = balance.points.verified
    print(
        "balance: \(Points(balance.points.points).text(.english)), checked at block \(mark.height); \(won), by the bank's word")
}
