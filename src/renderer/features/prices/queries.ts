import { useMemo } from 'react'
import { useRoute } from '../../lib/api.ts'

/** Names of upstreams by their ids; empty until they are known. */
export function useUpstreamNames(): ReadonlyMap<string, string> {
  const upstreams = useRoute('upstream.list', {}).data
  return useMemo(() => new Map(upstreams?.map(({ id, name }) => [id, name])), [upstreams])
}
