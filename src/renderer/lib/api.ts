/** Typed calls of the contract. `startApi` is called once, by the entry. */
import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import type { Route, RouteInput, RouteOutput, RpcResult } from '../../shared/contract.ts'
import { createConnection, type Connection, type ConnectionState } from './connection.ts'
import { connectionLost, OperatorError } from './operator-error.ts'
import type { PageEvent, Transport } from './transport.ts'

export interface Api {
  readonly transport: Transport
  readonly connection: Connection
  onEvents(listener: (events: readonly PageEvent[]) => void): () => void
}

let current: Api | undefined

export function startApi(transport: Transport, onHealed: () => void): Api {
  const listeners = new Set<(events: readonly PageEvent[]) => void>()
  const connection = createConnection({
    transport,
    onEvents: (events) => listeners.forEach((listener) => listener(events)),
    onHealed,
  })
  current = {
    transport,
    connection,
    onEvents(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return current
}

export function api(): Api {
  if (current === undefined) throw new Error('startApi has not been called')
  return current
}

/** One call. @throws OperatorError */
export async function invoke<R extends Route>(route: R, input: RouteInput<R>): Promise<RouteOutput<R>> {
  const { transport, connection } = api()
  let result: RpcResult<unknown>
  try {
    result = await transport.invoke(route, input)
  } catch {
    // Whatever the transport says of a core that is away, it is the same news to the operator.
    connection.reportLost()
    throw connectionLost()
  }
  if (result.ok) return result.value as RouteOutput<R>
  if (result.error.code === 'unauthorized') connection.reportSignedOut()
  throw new OperatorError(result.error)
}

/** The query of one call. Its key is `[route, input]`, which is what events invalidate by. */
export function routeQuery<R extends Route>(route: R, input: RouteInput<R>) {
  return { queryKey: [route, input] as const, queryFn: () => invoke(route, input) }
}

export interface RouteOptions {
  readonly enabled?: boolean
  /** Not under 5,000: events bring what is new sooner. */
  readonly refetchInterval?: number | false
  /** Show the previous answer while a changed input loads. */
  readonly keepPrevious?: boolean
}

export function useRoute<R extends Route>(
  route: R,
  input: RouteInput<R>,
  { enabled = true, refetchInterval = false, keepPrevious = false }: RouteOptions = {},
): UseQueryResult<RouteOutput<R>, OperatorError> {
  return useQuery<RouteOutput<R>, OperatorError>({
    ...routeQuery(route, input),
    enabled,
    refetchInterval,
    ...(keepPrevious ? { placeholderData: keepPreviousData } : {}),
  })
}

export function useConnectionState(): ConnectionState {
  const { connection } = api()
  return useSyncExternalStore(
    (listener) => connection.subscribe(listener),
    () => connection.state,
  )
}
