package kr.citizenwallet.sample

import android.Manifest
import android.content.Context
import android.content.pm.PackageManager
import androidx.activity.compose.rememberLauncherForActivityResult
import androidx.activity.result.contract.ActivityResultContracts
import androidx.camera.core.CameraSelector
import androidx.camera.core.ImageAnalysis
import androidx.camera.core.ImageProxy
import androidx.camera.core.Preview
import androidx.camera.lifecycle.ProcessCameraProvider
import androidx.camera.view.PreviewView
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.material3.Button
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.DisposableEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberUpdatedState
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.unit.dp
import androidx.compose.ui.viewinterop.AndroidView
import androidx.core.content.ContextCompat
import androidx.lifecycle.LifecycleOwner
import androidx.lifecycle.compose.LocalLifecycleOwner
import com.google.zxing.BinaryBitmap
import com.google.zxing.PlanarYUVLuminanceSource
import com.google.zxing.ReaderException
import com.google.zxing.common.HybridBinarizer
import com.google.zxing.qrcode.QRCodeReader
import java.util.concurrent.Executors

/** The camera. A phone's library reads no pictures: the app finds the text, the wallet says whose code it is. */
@Composable
internal fun CameraScan(
    onCode: (String) -> Unit,
    onBack: () -> Unit,
) {
    val context = LocalContext.current
    var isAllowed by remember {
        mutableStateOf(ContextCompat.checkSelfPermission(context, Manifest.permission.CAMERA) == PackageManager.PERMISSION_GRANTED)
    }
    val asking = rememberLauncherForActivityResult(ActivityResultContracts.RequestPermission()) { isAllowed = it }
    if (isAllowed) {
        Camera(onCode)
    } else {
        Text("QR 코드를 찍으려면 카메라를 허용해야 합니다.")
        Button(onClick = { asking.launch(Manifest.permission.CAMERA) }) { Text("카메라 허용") }
    }
    TextButton(onClick = onBack) { Text("취소") }
}

@Composable
private fun Camera(onCode: (String) -> Unit) {
    val context = LocalContext.current
    val owner = LocalLifecycleOwner.current
    val view = remember { PreviewView(context) }
    val latest by rememberUpdatedState(onCode)
    // Whatever takes this screen away, "취소" too, takes the camera and its thread with it.
    DisposableEffect(owner, view) {
        val scanner = Scanner(context) { latest(it) }
        scanner.start(owner, view)
        onDispose { scanner.close() }
    }
    AndroidView(factory = { view }, modifier = Modifier.fillMaxWidth().height(360.dp))
}

/** Looks for one code. Started, closed and told on the main thread. */
private class Scanner(
    context: Context,
    private val onCode: (String) -> Unit,
) : AutoCloseable {
    private val main = ContextCompat.getMainExecutor(context)
    private val reading = Executors.newSingleThreadExecutor()
    private val starting = ProcessCameraProvider.getInstance(context)
    private val preview = Preview.Builder().build()
    private val analysis = ImageAnalysis.Builder().build()
    private var isClosed = false

    fun start(
        owner: LifecycleOwner,
        view: PreviewView,
    ) = starting.addListener({ if (!isClosed) bind(starting.get(), owner, view) }, main)

    private fun bind(
        cameras: ProcessCameraProvider,
        owner: LifecycleOwner,
        view: PreviewView,
    ) {
        // A phone without a camera: links remain.
        if (!cameras.hasCamera(CameraSelector.DEFAULT_BACK_CAMERA)) return
        preview.surfaceProvider = view.surfaceProvider
        analysis.setAnalyzer(reading) { image ->
            val text = image.use(::read)
            if (text != null) main.execute { found(text) }
        }
        cameras.bindToLifecycle(owner, CameraSelector.DEFAULT_BACK_CAMERA, preview, analysis)
    }

    /** Pictures that were on their way when one was read may bring it again. */
    private fun found(text: String) {
        if (isClosed) return
        close()
        onCode(text)
    }

    override fun close() {
        if (isClosed) return
        isClosed = true
        analysis.clearAnalyzer()
        if (starting.isDone) starting.get().unbind(preview, analysis)
        reading.shutdown()
    }
}

private fun read(image: ImageProxy): String? {
    val plane = image.planes.first()
    val bytes = ByteArray(plane.buffer.remaining()).also { plane.buffer.get(it) }
    val source = PlanarYUVLuminanceSource(bytes, plane.rowStride, image.height, 0, 0, image.width, image.height, false)
    return try {
        QRCodeReader().decode(BinaryBitmap(HybridBinarizer(source))).text
    } catch (_: ReaderException) {
        null
    }
}
