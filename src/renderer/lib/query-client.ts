import { QueryClient } from '@tanstack/react-query'

/**
 * The core is on this machine, so being "offline" means nothing and a failed call is not repeated: the connection's own
 * probe decides when the core is back, and then everything is fetched again.
 */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: 'always',
        retry: false,
        staleTime: 30_000,
        gcTime: 5 * 60_000,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  })
}
