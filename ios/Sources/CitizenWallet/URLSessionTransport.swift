import CitizenWalletFFI
import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Requests through `URLSession`: for an app whose library was built without an HTTP stack of its own, or that wants the system's proxies.
///
/// No cookies, no cache, 30 seconds and 4 MiB at most, and no redirects where the system asks a session about them. A request's headers
/// are sent as they are, and an answer's handed back. What the wallet shows does not rest on it: every answer is verified.
public final class URLSessionTransport: Transport {
    private static let longestAnswer = 4 * 1_024 * 1_024

    private let session: URLSession
    private let answers: Answers

    /// A session of its own.
    public init() {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpCookieStorage = nil
        configuration.urlCache = nil
        configuration.timeoutIntervalForRequest = 30
        configuration.timeoutIntervalForResource = 30
        answers = Answers(longest: Self.longestAnswer)
        session = URLSession(configuration: configuration, delegate: answers, delegateQueue: nil)
    }

    deinit {
        session.finishTasksAndInvalidate()
    }

    /// Sends and waits for the answer, whatever its status.
    public func send(request: HttpRequest) async throws -> HttpResponse {
        guard let url = URL(string: request.url) else { throw TransportError.Broken }
        var wanted = URLRequest(url: url)
        switch request.method {
        case .get: wanted.httpMethod = "GET"
        case .post:
            wanted.httpMethod = "POST"
            wanted.httpBody = request.body
        }
        // Without headers it goes to the city, and its body is JSON.
        if request.headers.isEmpty, request.method == .post {
            wanted.setValue("application/json", forHTTPHeaderField: "content-type")
        }
        for header in request.headers {
            wanted.setValue(header.value, forHTTPHeaderField: header.name)
        }
        let (body, answer) = try await answer(to: wanted)
        guard let answer = answer as? HTTPURLResponse, let status = UInt16(exactly: answer.statusCode)
        else { throw TransportError.Broken }
        return HttpResponse(status: status, body: body, headers: Self.headers(of: answer))
    }

    /// All that can be told: where a name stands several times, its values are one, with commas between.
    private static func headers(of answer: HTTPURLResponse) -> [HttpHeader] {
        answer.allHeaderFields.compactMap { name, value in
            guard let name = name as? String, let value = value as? String else { return nil }
            return HttpHeader(name: name, value: value)
        }
    }

    /// By hand instead of `data(for:)`: on Linux that one stands still for good when its task is cancelled while the answer comes, because it
    /// cancels under the task's lock and waits there for the queue that resumes the task.
    private func answer(to request: URLRequest) async throws -> (Data, URLResponse) {
        let asked = Guarded<URLSessionDataTask?>(nil)
        let cancel: @Sendable () -> Void = {
            DispatchQueue.global().async { asked.with { $0 }?.cancel() }
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { answered in
                let asking = session.dataTask(with: request)
                answers.expect(asking.taskIdentifier) { answered.resume(with: $0) }
                asked.with { $0 = asking }
                asking.resume()
                // Cancelled before there was anything to cancel.
                if Task.isCancelled { cancel() }
            }
        } onCancel: {
            cancel()
        }
    }
}

/// A session of its own for each ballot and each question about a card: for an app that brings a ``URLSessionTransport``. Sessions share no connection, cookie or cache;
/// whether the system resumes one's TLS session in another is the system's to say.
public final class URLSessionConnections: Connections {
    /// Opens nothing yet.
    public init() {}

    /// A session that nothing was sent over.
    public func fresh() throws -> any Transport {
        URLSessionTransport()
    }
}

extension TransportError {
    /// What `URLSession` failed with. Nothing of it is taken for a refusal: the request may have arrived.
    init(_ error: any Error) {
        switch (error as? URLError)?.code {
        case .cancelled?: self = .Cancelled
        case .notConnectedToInternet?, .cannotFindHost?, .cannotConnectToHost?, .dnsLookupFailed?, .timedOut?,
            .secureConnectionFailed?, .internationalRoamingOff?, .dataNotAllowed?:
            self = .Offline
        default: self = error is CancellationError ? .Cancelled : .Broken
        }
    }
}

/// The answers of a session as they come, each by the number of what asked. One that is longer than any answer is broken off while it comes,
/// and a redirect is an answer like any other.
private final class Answers: NSObject, URLSessionDataDelegate, Sendable {
    typealias Answered = @Sendable (Result<(Data, URLResponse), any Error>) -> Void

    private struct Waiting {
        let answered: Answered
        var body = Data()
    }

    private let longest: Int
    private let waiting = Guarded<[Int: Waiting]>([:])

    init(longest: Int) {
        self.longest = longest
    }

    /// Before the task begins: who is told of its end, once.
    func expect(_ task: Int, answered: @escaping Answered) {
        waiting.with { $0[task] = Waiting(answered: answered) }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let task = dataTask.taskIdentifier
        let isTooLong = waiting.with { waiting in
            guard let length = waiting[task]?.body.count else { return false }
            guard length + data.count <= longest else { return true }
            waiting[task]?.body.append(data)
            return false
        }
        guard isTooLong else { return }
        end(task) { _ in .failure(TransportError.Broken) }
        // Not from here: the session waits for its delegate.
        DispatchQueue.global().async { dataTask.cancel() }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        end(task.taskIdentifier) { body in
            guard let answer = task.response, error == nil else {
                return .failure(TransportError(error ?? TransportError.Broken))
            }
            return .success((body, answer))
        }
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    /// Whoever was told already is told nothing more.
    private func end(_ task: Int, by outcome: (Data) -> Result<(Data, URLResponse), any Error>) {
        let ended = waiting.with { $0.removeValue(forKey: task) }
        if let ended { ended.answered(outcome(ended.body)) }
    }
}
