/** The whole contract, answered by the services. */
import type { Services } from '../services/services.ts'
import { accountHandlers } from './handlers/accounts.ts'
import { keyHandlers } from './handlers/keys.ts'
import { noticeHandlers } from './handlers/notices.ts'
import { operationHandlers } from './handlers/operations.ts'
import { poolHandlers } from './handlers/pools.ts'
import { priceHandlers } from './handlers/prices.ts'
import { recordHandlers } from './handlers/records.ts'
import { sessionHandlers } from './handlers/sessions.ts'
import { settingHandlers } from './handlers/settings.ts'
import { setupHandlers } from './handlers/setup.ts'
import { systemHandlers } from './handlers/system.ts'
import { tokenHandlers } from './handlers/tokens.ts'
import { upstreamHandlers } from './handlers/upstreams.ts'
import type { Handlers } from './router.ts'

export function createHandlers(services: Services): Handlers {
  return {
    ...systemHandlers(services),
    ...setupHandlers(services),
    ...poolHandlers(services),
    ...upstreamHandlers(services),
    ...accountHandlers(services),
    ...keyHandlers(services),
    ...tokenHandlers(services),
    ...sessionHandlers(services),
    ...priceHandlers(services),
    ...recordHandlers(services),
    ...settingHandlers(services),
    ...noticeHandlers(services),
    ...operationHandlers(services),
  }
}
