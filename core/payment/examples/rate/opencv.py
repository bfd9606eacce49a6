"""OpenCV's QR detectors on the pictures that are named on standard input, one to a line.

Prints for each detector and picture, separated by tabs: the detector, the picture's name, microseconds, the text in hexadecimal (empty
if nothing was read). Needs `pip install opencv-python-headless`.
"""

import sys
import time

try:
    import cv2
except ImportError:
    sys.exit(3)

cv2.setNumThreads(1)
DETECTORS = {"opencv": cv2.QRCodeDetector()}
if hasattr(cv2, "QRCodeDetectorAruco"):
    DETECTORS["opencv-aruco"] = cv2.QRCodeDetectorAruco()


def read(detector, picture):
    """The text, or nothing; a detector that stumbles has read nothing."""
    try:
        if hasattr(detector, "detectAndDecodeBytes"):
            text = detector.detectAndDecodeBytes(picture)[0]
        else:
            text = detector.detectAndDecode(picture)[0].encode()
        return bytes(text)
    except (cv2.error, UnicodeError):
        return b""


for name in (line.rstrip("\n") for line in sys.stdin):
    picture = cv2.imread(name, cv2.IMREAD_GRAYSCALE)
    for detector_name, detector in DETECTORS.items():
        start = time.perf_counter()
        text = read(detector, picture)
        micros = (time.perf_counter() - start) * 1e6
        print(detector_name, name, f"{micros:.0f}", text.hex(), sep="\t", flush=True)
