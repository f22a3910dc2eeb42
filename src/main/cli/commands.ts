/** Every `weir` command, in the order of the help text. */
import type { Command } from './command.ts'
import { accountCommands } from './commands/account.ts'
import { budgetCommands } from './commands/budget.ts'
import { careCommands } from './commands/care.ts'
import { doctorCommands } from './commands/doctor.ts'
import { keyCommands } from './commands/key.ts'
import { logCommands } from './commands/logs.ts'
import { noticeCommands } from './commands/notice.ts'
import { poolCommands } from './commands/pool.ts'
import { poolPlanCommands } from './commands/pool-plan.ts'
import { priceCommands } from './commands/price.ts'
import { quotaCommands } from './commands/quota.ts'
import { resetCommands } from './commands/reset.ts'
import { sessionCommands } from './commands/session.ts'
import { settingsCommands } from './commands/settings.ts'
import { shareCommands } from './commands/share.ts'
import { systemCommands } from './commands/system.ts'
import { tokenCommands } from './commands/token.ts'
import { upstreamCommands } from './commands/upstream.ts'
import { usageCommands } from './commands/usage.ts'

export const commands: readonly Command[] = [
  ...systemCommands,
  ...poolCommands,
  ...poolPlanCommands,
  ...upstreamCommands,
  ...accountCommands,
  ...quotaCommands,
  ...resetCommands,
  ...keyCommands,
  ...tokenCommands,
  ...sessionCommands,
  ...budgetCommands,
  ...doctorCommands,
  ...priceCommands,
  ...logCommands,
  ...noticeCommands,
  ...settingsCommands,
  ...shareCommands,
  ...careCommands,
  ...usageCommands,
]
