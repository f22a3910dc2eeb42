/**
 * One act of the operator: calls a route, says how it went, offers to undo it where that is possible, and refreshes what
 * it changed. Errors are shown with their code and next step; `run` also rejects, so a form can mark its fields. Neither
 * input nor answer is kept here: both may hold a secret.
 */
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Route, RouteInput, RouteOutput } from '../../shared/contract.ts'
import { invoke } from './api.ts'
import { invalidateRoutes, prefixesOfAct } from './live.ts'
import { OperatorError } from './operator-error.ts'
import { toastError, toastSuccess } from './toast.tsx'

const idle = { isPending: false, error: null }

export interface ActionOptions<R extends Route> {
  /** The toast: "Paused laptop". Left out, success is silent. */
  readonly success?: (output: RouteOutput<R>, input: RouteInput<R>) => string
  /** Puts it back. The toast then has an Undo button for ten seconds. */
  readonly undo?: (output: RouteOutput<R>, input: RouteInput<R>) => Promise<unknown>
  readonly onDone?: (output: RouteOutput<R>, input: RouteInput<R>) => void
  /** False where the caller shows the error itself. */
  readonly errorToast?: boolean
}

export interface Action<R extends Route> {
  /** Resolves with the answer. @throws OperatorError */
  run(input: RouteInput<R>): Promise<RouteOutput<R>>
  /** The same for a click handler: never rejects. */
  fire(input: RouteInput<R>): void
  readonly isPending: boolean
  readonly error: OperatorError | null
  reset(): void
}

export function useAction<R extends Route>(route: R, options: ActionOptions<R> = {}): Action<R> {
  const client = useQueryClient()
  const [state, setState] = useState<{ isPending: boolean; error: OperatorError | null }>(idle)
  const refresh = () => invalidateRoutes(client, prefixesOfAct(route))

  async function undo(output: RouteOutput<R>, input: RouteInput<R>): Promise<void> {
    try {
      await options.undo?.(output, input)
      refresh()
      toastSuccess('Undone')
    } catch (thrown) {
      toastError(OperatorError.from(thrown))
    }
  }

  async function run(input: RouteInput<R>): Promise<RouteOutput<R>> {
    setState({ isPending: true, error: null })
    try {
      const output = await invoke(route, input)
      setState({ isPending: false, error: null })
      refresh()
      const text = options.success?.(output, input)
      if (text !== undefined) {
        toastSuccess(text, options.undo === undefined ? {} : { undo: () => void undo(output, input) })
      }
      options.onDone?.(output, input)
      return output
    } catch (thrown) {
      const error = OperatorError.from(thrown)
      setState({ isPending: false, error })
      if (options.errorToast !== false) toastError(error)
      throw error
    }
  }

  return {
    run,
    fire: (input) => void run(input).catch(() => undefined),
    ...state,
    reset: () => setState({ isPending: false, error: null }),
  }
}
