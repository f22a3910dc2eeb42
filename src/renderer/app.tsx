import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider, type QueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { RouterProvider } from 'react-router/dom'
import { LiveRouter } from './lib/live-address.ts'
import { schemeManager } from './lib/scheme.ts'
import { createRouter } from './routes.tsx'
import { theme, variables } from './theme.ts'

export function App({ queryClient, nonce }: { readonly queryClient: QueryClient; readonly nonce: string }) {
  const [router] = useState(createRouter)
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      colorSchemeManager={schemeManager}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queryClient}>
        <Notifications position="bottom-right" limit={4} />
        <LiveRouter value={router}>
          <RouterProvider router={router} />
        </LiveRouter>
      </QueryClientProvider>
    </MantineProvider>
  )
}
