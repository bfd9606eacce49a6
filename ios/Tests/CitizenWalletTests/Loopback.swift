import CitizenContract
import Foundation

#if canImport(Glibc)
import Glibc

private let stream = Int32(SOCK_STREAM.rawValue)
private let silently = Int32(MSG_NOSIGNAL)
#elseif canImport(Darwin)
import Darwin

private let stream = SOCK_STREAM
private let silently: Int32 = 0
#endif

/// A server on this machine: it remembers each request and answers what it is told to, on one connection each.
final class Loopback: Sendable {
    /// A request as it came.
    struct Heard: Sendable {
        let head: [String]
        let body: String

        func header(_ name: String) -> String? {
            let fields = head.dropFirst().map { line in
                line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            }
            return fields.first { $0.count == 2 && $0[0].lowercased() == name }?[1]
        }
    }

    let port: UInt16
    let heard = Shared<[Heard]>([])
    private let listening: Int32
    private let isOpen = Shared(true)

    /// `endlessly`: 32 MiB of zeros follow the answer, and then nothing until the caller hangs up.
    init(answering answer: String, endlessly: Bool = false) throws {
        listening = socket(AF_INET, stream, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let own = listening
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(own, raw, size) == 0 && listen(own, 8) == 0 && getsockname(own, raw, &size) == 0
            }
        }
        guard isBound else { throw Broken("no port is free") }
        port = UInt16(bigEndian: address.sin_port)
        let heard = heard
        Thread.detachNewThread {
            while true {
                let connection = accept(own, nil, nil)
                guard connection >= 0 else { return }
                let request = Self.request(on: connection)
                heard.with { $0.append(request) }
                let bytes = Array(answer.utf8)
                _ = bytes.withUnsafeBytes { write(connection, $0.baseAddress, $0.count) }
                if endlessly { Self.pour(into: connection) }
                close(connection)
            }
        }
    }

    deinit {
        stop()
    }

    /// Nobody answers any more.
    func stop() {
        let wasOpen = isOpen.with { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        guard wasOpen else { return }
        shutdown(listening, Int32(SHUT_RDWR))
        close(listening)
    }

    func url(_ path: String) -> String {
        "http://127.0.0.1:\(port)\(path)"
    }

    private static func pour(into connection: Int32) {
        let zeros = [UInt8](repeating: 0, count: 65_536)
        // A caller that has hung up is no signal that ends the tests.
        #if canImport(Darwin)
        var isSilent: Int32 = 1
        setsockopt(connection, SOL_SOCKET, SO_NOSIGPIPE, &isSilent, socklen_t(MemoryLayout<Int32>.size))
        #endif
        // More than any answer has, and no more than a caller that takes it all can bear.
        for _ in 0..<512 {
            let count = zeros.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, silently) }
            if count <= 0 { return }
        }
        var nothing: UInt8 = 0
        while read(connection, &nothing, 1) > 0 {}
    }

    private static func request(on connection: Int32) -> Heard {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let head = text[..<end.lowerBound].components(separatedBy: "\r\n")
                let heard = Heard(head: head, body: String(text[end.upperBound...]))
                if heard.body.utf8.count >= Int(heard.header("content-length") ?? "0") ?? 0 { return heard }
            }
            let count = read(connection, &buffer, buffer.count)
            if count <= 0 { return Heard(head: [], body: "") }
            bytes += buffer[..<count]
        }
    }
}
