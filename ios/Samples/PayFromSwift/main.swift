// Pays a sandbox city's printed QR code from Swift, end to end.
//
//     cargo run --release -- up                       # prints the city's address; writes target/city/city.json
//     swift run pay-from-swift --city http://127.0.0.1:PORT --trust ../target/city/city.json \
//         --code ../examples/codes/static-rotated.png --amount 12000 --coins 5000 --home /tmp/hana

import CitizenWallet
import Foundation

do throws(WalletError) {
    let options = Options(CommandLine.arguments)
    let wallet = try await openOrCreate(options)
    show(try await wallet.balance())

    // Scan, see, approve, receipt.
    let code = try await wallet.scan(image: options.picture)
    let review = try await wallet.reviewPayment(of: code, amount: options.amount, coins: options.coins)
    print(review.spoken.text(options.language))

    let payment = try await review.approve()
    for try await state in payment.states {
        print("  \(state.text.text(options.language))")
    }

    let receipt = try await payment.receipt()
    let mark = try await verifyReceipt(receipt.file, trustFile: try await wallet.trustFile()).verified
    print("receipt: block \(mark.height), \(mark.signers) of \(mark.validators) signers, verified without the wallet")
    show(try await wallet.balance())
    await wallet.release()
} catch {
    print("\(error.stableCode): \(error.text(.english))")
    print("\(error.stableCode): \(error.text(.korean))")
    exit(1)
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
