/** How settings must fit together, which the schema of each alone cannot see. For the form as for the core. */
import type { SettingKey, Settings } from './settings.ts'

type Problem = readonly [key: SettingKey, problem: string]
type Paired =
  | 'admin.port'
  | 'gateway.port'
  | 'routing.cooldownMs'
  | 'routing.maxCooldownMs'
  | 'gateway.connectTimeoutMs'
  | 'gateway.firstByteTimeoutMs'

export function pairProblems(settings: Pick<Settings, Paired>): Problem[] {
  const problems: Problem[] = []
  const admin = settings['admin.port']
  if (admin !== 0 && admin === settings['gateway.port']) {
    problems.push(['admin.port', 'is also the port of the gateway'], ['gateway.port', 'is also the admin port'])
  }
  if (settings['routing.cooldownMs'] > settings['routing.maxCooldownMs']) {
    problems.push(
      ['routing.cooldownMs', 'is longer than routing.maxCooldownMs'],
      ['routing.maxCooldownMs', 'is shorter than routing.cooldownMs'],
    )
  }
  if (settings['gateway.connectTimeoutMs'] > settings['gateway.firstByteTimeoutMs']) {
    problems.push(
      ['gateway.connectTimeoutMs', 'is longer than gateway.firstByteTimeoutMs'],
      ['gateway.firstByteTimeoutMs', 'is shorter than gateway.connectTimeoutMs'],
    )
  }
  return problems
}
