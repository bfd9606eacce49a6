package kr.citizenwallet

import kr.citizenwallet.ffi.Clock
import kr.citizenwallet.ffi.EventListener
import kr.citizenwallet.ffi.Platform
import kr.citizenwallet.ffi.Transport
import java.io.File

/** Keys in a file, for a desktop or a server: whoever can read it has them. Not for phones. */
public class FileKeys(
    private val file: File,
) : Keys() {
    override suspend fun platform(
        transport: Transport?,
        clock: Clock?,
        listener: EventListener?,
    ): Platform = Platform.desktop(file.path, transport, clock, listener)
}
