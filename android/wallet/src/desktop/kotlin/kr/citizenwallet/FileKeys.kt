package kr.citizenwallet

import kr.citizenwallet.ffi.EventListener
import kr.citizenwallet.ffi.Platform
import java.io.File

/** Keys in a file, for a desktop or a server: whoever can read it has them. Not for phones. */
public class FileKeys(
    private val file: File,
) : Keys() {
    override suspend fun platform(
        config: WalletConfig,
        listener: EventListener?,
    ): Platform = config.run { Platform.desktop(file.path, transport, clock, listener, connections) }
}
