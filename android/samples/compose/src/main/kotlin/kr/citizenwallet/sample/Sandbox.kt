package kr.citizenwallet.sample

import kr.citizenwallet.City
import kr.citizenwallet.ffi.TrustSource

/** The sandbox city on the developer's machine, after `adb reverse`. A real app brings the city's trust file among its assets. */
internal object Sandbox {
    /** Where a browser comes back to: the sandbox's. A real app has an address on a host of its own, in the manifest too. */
    const val RETURN_ADDRESS = "https://wallet.seoul.example/back"

    val city: City = City("http://127.0.0.1:8080/", TrustSource.FirstUse)
}
