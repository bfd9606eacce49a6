// An app in a process of its own, for tests that kill it.
//
// Without arguments: the steps of a contract case, up to the request in whose middle it ends.
// `pay-on FOLDER CODE`: pays again and again until it is killed.

import CitizenContract
import CitizenWallet
import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())
switch arguments.first {
case nil: exit(await runErrand())
case "pay-on" where arguments.count == 3: exit(await payOn(URL(fileURLWithPath: arguments[1]), arguments[2]))
default: exit(64)
}

func payOn(_ folder: URL, _ code: String) async -> Int32 {
    do {
        let wallet = try await CitizenWallet.open(WalletConfig(in: folder), pin: Secret(typed: "294857"))
        tell("unlocked")
        while true {
            let scanned = try await wallet.scan(code)
            let review = try await wallet.reviewPayment(of: scanned, amount: .won(100), coins: .points(10))
            tell("approving")
            _ = try await review.approve()
        }
    } catch {
        print("\(error)")
        return 1
    }
}
