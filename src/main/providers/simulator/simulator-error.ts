import type { JsonObject } from './json.ts'

/** An error the simulator answers with, in OpenAI's shape. It plays a provider, so Weir's own codes do not apply. */
export class SimulatorError extends Error {
  readonly status: number
  readonly param: string | null
  readonly code: string | null

  constructor(status: number, message: string, param: string | null = null, code: string | null = null) {
    super(message)
    this.name = 'SimulatorError'
    this.status = status
    this.param = param
    this.code = code
  }

  body(): JsonObject {
    return { error: { message: this.message, type: typeOf(this.status), param: this.param, code: this.code } }
  }
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 429) return 'rate_limit_error'
  return status >= 500 ? 'server_error' : 'invalid_request_error'
}

const codes: Readonly<Record<number, string>> = {
  401: 'invalid_api_key',
  404: 'model_not_found',
  429: 'rate_limit_exceeded',
  500: 'server_error',
  503: 'service_unavailable',
}

/** What the fault `status` answers. */
export function faultError(status: number): SimulatorError {
  return new SimulatorError(status, `The simulator was told to answer ${status}.`, null, codes[status] ?? null)
}
