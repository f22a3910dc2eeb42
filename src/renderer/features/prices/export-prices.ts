/** The operator's own and imported prices as a file that the browser saves like any download. */
import type { PriceExport } from '../../../shared/models/price.ts'

/** The browser reads the file while it saves it. */
const KEPT_MS = 60_000

export function savePrices({ fileName, text }: PriceExport): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = address
  link.download = fileName
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS)
}
