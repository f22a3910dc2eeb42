/** A live check: running, and how it went. An answer that comes after something was changed is not shown. */
import { useEffect, useRef, useState } from 'react'
import type { RouteOutput } from '../../../shared/contract.ts'
import { OperatorError } from '../../lib/operator-error.ts'

export type CheckResult = RouteOutput<'upstream.test'>

export interface Check {
  readonly isRunning: boolean
  readonly result: CheckResult | null
  /** The check itself could not be made. */
  readonly error: OperatorError | null
  /** Null when it was cleared meanwhile, or could not be made. */
  run(call: () => Promise<CheckResult>): Promise<CheckResult | null>
  clear(): void
}

const nothing = { isRunning: false, result: null, error: null }

export function useCheck(): Check {
  const [state, setState] = useState<Pick<Check, 'isRunning' | 'result' | 'error'>>(nothing)
  const latest = useRef(0)
  useEffect(
    () => () => {
      latest.current += 1
    },
    [],
  )

  async function run(call: () => Promise<CheckResult>): Promise<CheckResult | null> {
    const number = (latest.current += 1)
    setState({ ...nothing, isRunning: true })
    let next: typeof state
    try {
      next = { ...nothing, result: await call() }
    } catch (thrown) {
      next = { ...nothing, error: OperatorError.from(thrown) }
    }
    if (number !== latest.current) return null
    setState(next)
    return next.result
  }

  return {
    ...state,
    run,
    clear() {
      latest.current += 1
      setState(nothing)
    },
  }
}
