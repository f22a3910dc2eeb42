/** The groups of settings, without their schemas: the page imports these at run time. In the order of the page. */
export const settingGroups = [
  'sharing',
  'limits',
  'keys',
  'timeouts',
  'routing',
  'models',
  'accounts',
  'privacy',
  'retention',
  'admin',
] as const
export type SettingGroup = (typeof settingGroups)[number]

export const settingGroupTitles: Readonly<Record<SettingGroup, string>> = {
  sharing: 'Address and sharing',
  limits: 'Limits of requests',
  keys: 'Limits of keys',
  timeouts: 'Timeouts and streams',
  routing: 'Routing',
  models: 'Models',
  accounts: 'ChatGPT accounts',
  privacy: 'Privacy',
  retention: 'Retention',
  admin: 'Operator surface',
}
