/** Every address of the page. Each page is loaded when it is first gone to; an error in one stays in it. */
import type { ComponentType } from 'react'
import { createBrowserRouter, type RouteObject } from 'react-router'
import { PageError } from './shell/page-error.tsx'
import { PageLoading } from './shell/page-loading.tsx'
import { Shell } from './shell/shell.tsx'

function page(path: string, load: () => Promise<ComponentType>): RouteObject {
  return {
    path,
    lazy: async () => ({ Component: await load() }),
    ErrorBoundary: PageError,
    HydrateFallback: PageLoading,
  }
}

const pages: RouteObject[] = [
  page('/', async () => (await import('./features/overview/page.tsx')).OverviewPage),
  page('/welcome', async () => (await import('./features/welcome/page.tsx')).WelcomePage),
  page('/pools', async () => (await import('./features/pools/page.tsx')).PoolsPage),
  page('/pools/new', async () => (await import('./features/pools/edit-page.tsx')).PoolEditPage),
  page('/pools/:id', async () => (await import('./features/pools/detail-page.tsx')).PoolDetailPage),
  page('/pools/:id/edit', async () => (await import('./features/pools/edit-page.tsx')).PoolEditPage),
  page('/upstreams', async () => (await import('./features/upstreams/page.tsx')).UpstreamsPage),
  page('/upstreams/new', async () => (await import('./features/upstreams/edit-page.tsx')).UpstreamEditPage),
  page('/upstreams/:id', async () => (await import('./features/upstreams/detail-page.tsx')).UpstreamDetailPage),
  page('/upstreams/:id/edit', async () => (await import('./features/upstreams/edit-page.tsx')).UpstreamEditPage),
  // A drawer over its list is the same page with an id, so that the list stays as it is beneath.
  page('/keys/:id?/doctor?', async () => (await import('./features/keys/page.tsx')).KeysPage),
  page('/keys/:id/tokens/new?', async () => (await import('./features/keys/page.tsx')).KeysPage),
  page('/keys/new', async () => (await import('./features/keys/edit-page.tsx')).KeyEditPage),
  page('/keys/:id/edit', async () => (await import('./features/keys/edit-page.tsx')).KeyEditPage),
  page('/prices', async () => (await import('./features/prices/page.tsx')).PricesPage),
  page('/requests/:id?', async () => (await import('./features/requests/page.tsx')).RequestsPage),
  page('/sessions', async () => (await import('./features/sessions/page.tsx')).SessionsPage),
  page('/alerts', async () => (await import('./features/alerts/page.tsx')).AlertsPage),
  page('/audit/:id?', async () => (await import('./features/audit/page.tsx')).AuditPage),
  page('/settings', async () => (await import('./features/settings/page.tsx')).SettingsPage),
  page('*', async () => (await import('./features/not-found/page.tsx')).NotFoundPage),
]

export function createRouter() {
  return createBrowserRouter([
    { Component: Shell, ErrorBoundary: PageError, HydrateFallback: PageLoading, children: pages },
  ])
}
