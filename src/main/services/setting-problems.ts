/** What is wrong with settings that their schemas alone cannot see: how they fit together. */
import { AppError } from '../../shared/errors.ts'
import { pairProblems } from '../../shared/setting-problems.ts'
import type { SettingKey, Settings } from '../../shared/settings.ts'

type Problem = readonly [key: SettingKey, problem: string]

export function crossProblems(settings: Settings): Problem[] {
  const problems: Problem[] = pairProblems(settings)
  for (const origin of settings['gateway.allowedOrigins']) {
    if (!isOrigin(origin))
      problems.push(['gateway.allowedOrigins', 'each must be an origin such as https://app.example'])
  }
  return problems
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && url.origin === text && url.origin !== 'null'
}

export function refuseProblems(problems: readonly Problem[]): void {
  if (problems.length === 0) return
  const fields = [...new Set(problems.map(([key, problem]) => `${key}: ${problem}`))]
  throw new AppError('invalid_input', `${fields.join('; ')}.`, { details: { fields } })
}
