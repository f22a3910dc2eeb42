/** The time zone that a setting names. Pure. */

export function systemZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** An IANA name, such as Europe/Zurich, that this system's calendar knows. Offsets like +02:00 are none: they know no summer. */
export function isTimeZone(text: string): boolean {
  try {
    Intl.DateTimeFormat('en-US', { timeZone: text })
    return !/^[+-]/.test(text)
  } catch {
    return false
  }
}

/** Empty is the machine's own. */
export function zoneOf(setting: string): string {
  return setting === '' ? systemZone() : setting
}
