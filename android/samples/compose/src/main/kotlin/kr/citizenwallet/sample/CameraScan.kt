package kr.citizenwallet.sample

import android.content.Context
import androidx.camera.core.CameraSelector
import androidx.camera.core.ImageAnalysis
import androidx.camera.core.ImageProxy
import androidx.camera.core.Preview
import androidx.camera.lifecycle.ProcessCameraProvider
import androidx.camera.view.PreviewView
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.unit.dp
import androidx.compose.ui.viewinterop.AndroidView
import androidx.core.content.ContextCompat
import androidx.lifecycle.LifecycleOwner
import androidx.lifecycle.compose.LocalLifecycleOwner
import com.google.zxing.BinaryBitmap
import com.google.zxing.NotFoundException
import com.google.zxing.PlanarYUVLuminanceSource
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
    val owner = LocalLifecycleOwner.current
    AndroidView(
        factory = { PreviewView(it).also { view -> watch(context, owner, view, onCode) } },
        modifier = Modifier.fillMaxWidth().height(360.dp),
    )
    TextButton(onClick = onBack) { Text("취소") }
}

private fun watch(
    context: Context,
    owner: LifecycleOwner,
    view: PreviewView,
    onCode: (String) -> Unit,
) {
    val main = ContextCompat.getMainExecutor(context)
    val starting = ProcessCameraProvider.getInstance(context)
    starting.addListener({
        val cameras = starting.get()
        val preview = Preview.Builder().build().apply { surfaceProvider = view.surfaceProvider }
        val analysis = ImageAnalysis.Builder().build()
        analysis.setAnalyzer(Executors.newSingleThreadExecutor()) { image ->
            val text = image.use(::read)
            if (text != null) {
                main.execute {
                    cameras.unbindAll()
                    onCode(text)
                }
            }
        }
        cameras.bindToLifecycle(owner, CameraSelector.DEFAULT_BACK_CAMERA, preview, analysis)
    }, main)
}

private fun read(image: ImageProxy): String? {
    val plane = image.planes.first()
    val bytes = ByteArray(plane.buffer.remaining()).also { plane.buffer.get(it) }
    val source = PlanarYUVLuminanceSource(bytes, plane.rowStride, image.height, 0, 0, image.width, image.height, false)
    return try {
        QRCodeReader().decode(BinaryBitmap(HybridBinarizer(source))).text
    } catch (_: NotFoundException) {
        null
    } catch (_: com.google.zxing.ReaderException) {
        null
    }
}
