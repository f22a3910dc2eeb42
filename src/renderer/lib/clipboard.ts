/** Copies text. False where the browser refuses; the caller then leaves the text selected for the operator to copy. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // No permission, or an insecure origin. There is nothing else to try: execCommand is gone from current browsers.
    return false
  }
}
