import CitizenContract
import Foundation

exit(await runErrand())
