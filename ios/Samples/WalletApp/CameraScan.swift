#if canImport(SwiftUI) && canImport(VisionKit) && os(iOS)
import AVFoundation
import SwiftUI
import Vision
import VisionKit

/// The camera finds a code's text; the wallet says whose it is. Shown again it reads again, and with the screen goes the camera.
struct CameraScan: View {
    let found: (String) -> Void

    /// Not decided until she was asked.
    @State private var mayLook: Bool?

    var body: some View {
        Group {
            if mayLook == true, DataScannerViewController.isSupported, DataScannerViewController.isAvailable {
                CodeReader(found: found)
            } else if mayLook != nil {
                // A simulator, an old phone, or she said no: the text goes by hand.
                Label(
                    "카메라를 쓸 수 없습니다. 설정에서 허용하거나 코드를 입력하세요. · No camera: allow it in the settings, or type the code.",
                    systemImage: "camera.badge.ellipsis")
            }
        }
        .task { mayLook = await AVCaptureDevice.requestAccess(for: .video) }
    }
}

/// The system's own reader, for QR codes and the bar codes of tills.
private struct CodeReader: UIViewControllerRepresentable {
    let found: (String) -> Void

    func makeCoordinator() -> Coordinator {
        Coordinator(found)
    }

    func makeUIViewController(context: Context) -> DataScannerViewController {
        let reader = DataScannerViewController(
            recognizedDataTypes: [.barcode(symbologies: [.qr, .code128])], qualityLevel: .balanced,
            recognizesMultipleItems: false, isHighlightingEnabled: true)
        reader.delegate = context.coordinator
        try? reader.startScanning()
        return reader
    }

    func updateUIViewController(_ reader: DataScannerViewController, context: Context) {
        context.coordinator.found = found
    }

    static func dismantleUIViewController(_ reader: DataScannerViewController, coordinator: Coordinator) {
        reader.stopScanning()
    }

    @MainActor
    final class Coordinator: NSObject, DataScannerViewControllerDelegate {
        var found: (String) -> Void
        private var isDone = false

        init(_ found: @escaping (String) -> Void) {
            self.found = found
        }

        func dataScanner(
            _ reader: DataScannerViewController, didAdd added: [RecognizedItem], allItems: [RecognizedItem]
        ) {
            let texts = added.compactMap { item -> String? in
                if case .barcode(let code) = item { code.payloadStringValue } else { nil }
            }
            // One code is one scan: what lies beside it on the counter is not meant.
            guard !isDone, let text = texts.first else { return }
            isDone = true
            reader.stopScanning()
            found(text)
        }
    }
}
#endif
