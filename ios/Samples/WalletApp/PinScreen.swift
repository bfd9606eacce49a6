#if canImport(SwiftUI)
import CitizenWallet
import SwiftUI

/// Six digits into a secret, one at a time: no string of the whole.
struct PinScreen: View {
    let enter: (Secret) async throws -> Void

    @State private var pin = Secret()
    @State private var typed = 0
    @State private var isBusy = false
    @State private var error: WalletError?

    var body: some View {
        VStack(spacing: 24) {
            Text(String(repeating: "●", count: typed) + String(repeating: "○", count: 6 - typed))
                .accessibilityLabel("PIN \(typed)/6")
            if let error { ErrorNote(error: error) {} }
            if isBusy { ProgressView() }
            LazyVGrid(columns: Array(repeating: GridItem(), count: 3), spacing: 16) {
                ForEach(Array("123456789"), id: \.self) { digit in key(digit) }
                Button("지움 · Undo", action: takeBack)
                key("0")
            }
            .disabled(isBusy)
        }
        .font(.title)
        .padding()
    }

    private func key(_ digit: Character) -> some View {
        Button(String(digit)) {
            pin.append(digit)
            typed = pin.count
            if typed == 6 { Task { await tryIt() } }
        }
    }

    private func takeBack() {
        pin.pop()
        typed = pin.count
    }

    private func tryIt() async {
        isBusy = true
        defer {
            pin.clear()
            typed = 0
            isBusy = false
        }
        do {
            try await enter(pin)
        } catch {
            self.error = error as? WalletError
        }
    }
}

#Preview { PinScreen { _ in throw WalletError.WrongPin(triesLeft: 3, waitSeconds: 0) } }
#endif
