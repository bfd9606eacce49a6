import CitizenContract
import CitizenWallet
import Foundation
import Testing

/// The system's HTTP stack before a real server on this machine.
@Suite struct TransportTests {
    @Test func headersArriveAsTheyWereGivenAndThoseOfTheAnswerComeBack() async throws {
        let server = try Loopback(
            answering: "HTTP/1.1 401 Unauthorized\r\nDPoP-Nonce: nonce-1\r\nWWW-Authenticate: DPoP error=\"use_dpop_nonce\"\r\n"
                + "Content-Type: application/json\r\nSet-Cookie: a=1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        let transport = URLSessionTransport()
        let given = [
            "content-type": "application/x-www-form-urlencoded", "accept": "application/json",
            "authorization": "DPoP token-1", "dpop": "proof.of.possession",
        ]
        let request = HttpRequest(
            method: .post, url: server.url("/token"), body: Data("a=1".utf8),
            headers: given.map { HttpHeader(name: $0.key, value: $0.value) })
        // Twice: what the first answer set is not sent with the second request.
        for _ in 0..<2 {
            let answer = try await transport.send(request: request)
            #expect(answer.status == 401 && answer.body == Data("{}".utf8))
            let nonce = answer.headers.first { $0.name.lowercased() == "dpop-nonce" }
            #expect(nonce?.value == "nonce-1")
            #expect(answer.headers.contains { $0.name.lowercased() == "www-authenticate" })
        }
        let heard = server.heard.with { $0 }
        #expect(heard.count == 2)
        for told in heard {
            #expect(told.head.first?.hasPrefix("POST /token ") == true && told.body == "a=1")
            for (name, value) in given { #expect(told.header(name) == value) }
            #expect(told.header("cookie") == nil)
        }
    }

    @Test func theCityIsAskedForJSONAndNobodyIsOfflineByBeingRefused() async throws {
        let server = try Loopback(answering: "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        let transport = URLSessionTransport()
        let asking = HttpRequest(method: .post, url: server.url("/city"), body: Data("{}".utf8))
        let answer = try await transport.send(request: asking)
        #expect(answer.status == 404 && answer.body.isEmpty)
        let told = try #require(server.heard.with { $0.first })
        #expect(told.header("content-type") == "application/json" && told.body == "{}")
        #expect(told.header("authorization") == nil)
        server.stop()
        await #expect(throws: TransportError.Offline) { try await transport.send(request: asking) }
    }

    @Test func anAnswerWithoutEndIsBrokenOffWhileItComes() async throws {
        let server = try Loopback(answering: "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", endlessly: true)
        let transport = URLSessionTransport()
        let asking = HttpRequest(method: .get, url: server.url("/endless"), body: Data(), headers: [])
        // For its length, and not because the 30 seconds are over. When the system hangs up is the system's: on Linux it may be never.
        await #expect(throws: TransportError.Broken) { try await transport.send(request: asking) }
    }
}
