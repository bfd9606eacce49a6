package kr.citizenwallet.town

import kotlinx.coroutines.future.await
import kr.citizenwallet.ffi.HttpHeader
import kr.citizenwallet.ffi.HttpMethod
import kr.citizenwallet.ffi.HttpRequest
import kr.citizenwallet.ffi.HttpResponse
import kr.citizenwallet.ffi.Transport
import kr.citizenwallet.ffi.TransportException
import java.io.IOException
import java.net.URI
import java.net.http.HttpClient
import java.util.concurrent.atomic.AtomicInteger
import java.net.http.HttpRequest as JavaRequest
import java.net.http.HttpResponse as JavaResponse

/** An app's own HTTP stack, Java's, in any weather. */
internal class TestTransport : Transport {
    private val client = HttpClient.newHttpClient()

    /** How many requests were handed over. */
    val sent = AtomicInteger()

    /** What becomes of an answer on its way: itself, another, a throw. */
    @Volatile
    var weather: suspend (HttpRequest, suspend () -> HttpResponse) -> HttpResponse = { _, send -> send() }

    override suspend fun send(request: HttpRequest): HttpResponse {
        sent.incrementAndGet()
        return weather(request) { ask(request) }
    }

    private suspend fun ask(request: HttpRequest): HttpResponse {
        val builder = JavaRequest.newBuilder(URI(request.url))
        if (request.headers.isEmpty()) builder.header("content-type", "application/json")
        for (header in request.headers) builder.header(header.name, header.value)
        when (request.method) {
            HttpMethod.GET -> builder.GET()
            HttpMethod.POST -> builder.POST(JavaRequest.BodyPublishers.ofByteArray(request.body))
        }
        return try {
            val answer = client.sendAsync(builder.build(), JavaResponse.BodyHandlers.ofByteArray()).await()
            val headers = answer.headers().map().flatMap { (name, values) -> values.map { HttpHeader(name, it) } }
            HttpResponse(answer.statusCode().toUShort(), answer.body(), headers)
        } catch (_: IOException) {
            throw TransportException.Offline()
        }
    }
}
