import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import type { DataStatus } from '../../../shared/models/data-care.ts'
import { routeQuery, useRoute } from '../../lib/api.ts'
import type { OperatorError } from '../../lib/operator-error.ts'

/** Counts every table, so it is not asked again and again while a job tells of each of its steps: only at its end. */
export function useDataStatus(): UseQueryResult<DataStatus, OperatorError> {
  const isBusy = useRoute('job.list', {}).data?.some(({ state }) => state === 'running') ?? false
  return useQuery<DataStatus, OperatorError>({
    ...routeQuery('data.status', {}),
    enabled: ({ state }) => state.data === undefined || !isBusy,
  })
}
