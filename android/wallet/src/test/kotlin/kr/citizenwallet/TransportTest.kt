package kr.citizenwallet

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import kotlinx.coroutines.runBlocking
import kr.citizenwallet.ffi.HttpHeader
import kr.citizenwallet.ffi.HttpMethod
import kr.citizenwallet.ffi.HttpRequest
import kr.citizenwallet.ffi.Transport
import kr.citizenwallet.ffi.TransportException
import kr.citizenwallet.readme.Snippets
import kr.citizenwallet.town.TestTransport
import java.net.InetAddress
import java.net.InetSocketAddress
import java.util.concurrent.LinkedBlockingQueue
import kotlin.test.AfterTest
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNull

/** An app's own HTTP stacks, that of the README and that of these tests, before a real server on this machine. */
class TransportTest {
    private class Heard(
        val method: String,
        val headers: Map<String, List<String>>,
        val body: ByteArray,
    ) {
        fun header(name: String) =
            headers.entries
                .firstOrNull { it.key.equals(name, ignoreCase = true) }
                ?.value
                ?.single()
    }

    private val heard = LinkedBlockingQueue<Heard>()
    private val server =
        HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0).apply {
            createContext("/") { answer(it) }
            start()
        }
    private val transports = listOf<Transport>(Snippets.OwnTransport(), TestTransport())

    @AfterTest
    fun stop() = server.stop(0)

    @Test
    fun `headers arrive as they were given, and those of the answer come back`() =
        runBlocking<Unit> {
            val given =
                listOf(
                    HttpHeader("content-type", "application/x-www-form-urlencoded"),
                    HttpHeader("accept", "application/json"),
                    HttpHeader("authorization", "DPoP token-1"),
                    HttpHeader("dpop", "proof.of.possession"),
                )
            for (transport in transports) {
                val answer = transport.send(HttpRequest(HttpMethod.POST, url("/token"), "a=1".toByteArray(), given))
                val told = heard.take()
                assertEquals("POST", told.method)
                assertContentEquals("a=1".toByteArray(), told.body)
                for (header in given) assertEquals(header.value, told.header(header.name), header.name)
                assertNull(told.header("cookie"))
                assertEquals(401.toUShort(), answer.status)
                assertEquals("{}", answer.body.decodeToString())
                assertEquals("nonce-1", answer.headers.single { it.name.equals("dpop-nonce", ignoreCase = true) }.value)
                assertEquals(2, answer.headers.count { it.name.equals("set-cookie", ignoreCase = true) })
            }
        }

    @Test
    fun `the city is asked for JSON, nothing is followed, and nobody is offline by being refused`() =
        runBlocking<Unit> {
            for (transport in transports) {
                transport.send(HttpRequest(HttpMethod.POST, url("/city"), "{}".toByteArray(), emptyList()))
                heard.take().run { assertEquals("application/json", header("content-type")) }
                val moved = transport.send(HttpRequest(HttpMethod.GET, url("/moved"), ByteArray(0), emptyList()))
                assertEquals("GET", heard.take().method)
                assertEquals(303.toUShort(), moved.status)
                val gone = transport.send(HttpRequest(HttpMethod.GET, url("/gone"), ByteArray(0), emptyList()))
                heard.take()
                assertEquals(404.toUShort() to 0, gone.status to gone.body.size)
            }
            assertEquals(0, heard.size)
            val nobody = url("/nobody")
            server.stop(0)
            for (transport in transports) {
                assertFailsWith<TransportException.Offline> {
                    transport.send(HttpRequest(HttpMethod.GET, nobody, ByteArray(0), emptyList()))
                }
            }
        }

    private fun url(path: String) = "http://127.0.0.1:${server.address.port}$path"

    private fun answer(exchange: HttpExchange) {
        heard += Heard(exchange.requestMethod, exchange.requestHeaders.toMap(), exchange.requestBody.readBytes())
        val own = exchange.responseHeaders
        when (exchange.requestURI.path) {
            "/moved" -> {
                own.add("location", url("/elsewhere"))
                exchange.sendResponseHeaders(303, -1)
            }

            "/gone" -> {
                exchange.sendResponseHeaders(404, -1)
            }

            else -> {
                own.add("dpop-nonce", "nonce-1")
                own.add("set-cookie", "a=1")
                own.add("set-cookie", "b=2")
                own.add("content-type", "application/json")
                exchange.sendResponseHeaders(401, 2)
                exchange.responseBody.write("{}".toByteArray())
            }
        }
        exchange.close()
    }
}
