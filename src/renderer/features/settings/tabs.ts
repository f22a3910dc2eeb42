/** The parts of the settings page, and the words under which each is found. */
export const tabNames = ['options', 'sharing', 'data', 'backups', 'diagnostics', 'about'] as const
export type TabName = (typeof tabNames)[number]

export const tabTitles: Readonly<Record<TabName, string>> = {
  options: 'Options',
  sharing: 'Sharing',
  data: 'Data',
  backups: 'Backups',
  diagnostics: 'Diagnostics',
  about: 'About',
}

const tabWords: Readonly<Record<TabName, string>> = {
  options: '',
  sharing: 'sharing lan network interface address port clients connected expose firewall wifi',
  data: 'data directory database size rows disk retention delete old requests compact vacuum space',
  backups: 'backup restore copy check save',
  diagnostics: 'diagnostics bundle support help report log',
  about: 'about version appearance theme dark light scheme secret store keychain vault restart',
}

/** Parts other than the options that a search may mean. */
export function tabsFor(search: string): readonly TabName[] {
  const wanted = search.trim().toLowerCase()
  if (wanted.length < 2) return []
  return tabNames.filter((name) => tabWords[name].split(' ').some((word) => word.startsWith(wanted)))
}
