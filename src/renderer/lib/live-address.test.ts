import { createMemoryRouter } from 'react-router'
import { describe, expect, it } from 'vitest'
import { changeSearch } from './live-address.ts'

const Page = () => null
const soon = () => new Promise<{ Component: typeof Page }>((resolve) => setTimeout(resolve, 20, { Component: Page }))

function open(at: string) {
  const routes = [
    { path: '/keys/:id?', Component: Page },
    { path: '/late', lazy: soon },
  ]
  const router = createMemoryRouter(routes, { initialEntries: [at] })
  const set = (name: string, value: string, replace = false) =>
    changeSearch(router, (before) => new URLSearchParams([...before, [name, value]]), { replace })
  const address = () => `${router.state.location.pathname}${router.state.location.search}`
  return { router, set, address }
}

describe('a change of the address', () => {
  it('is made on top of the one before, whatever has been drawn of it', async () => {
    const { router, set, address } = open('/keys/a?view=list')
    set('q', 'lap')
    set('status', 'paused')
    set('pool', 'p', true)
    expect(address()).toBe('/keys/a?view=list&q=lap&status=paused&pool=p')
    await router.navigate(-1)
    expect(address()).toBe('/keys/a?view=list&q=lap')
  })

  it('starts from where back and forward led', async () => {
    const { router, set, address } = open('/keys')
    set('q', 'lap')
    set('status', 'paused')
    await router.navigate(-2)
    set('soon', '1')
    expect(address()).toBe('/keys?soon=1')
    await router.navigate(-1)
    expect(address()).toBe('/keys')
    await router.navigate(1)
    expect(address()).toBe('/keys?soon=1')
  })

  it('is no step for "back" when it changes nothing', async () => {
    const { router, set, address } = open('/keys?name=a%20b')
    set('q', 'lap')
    changeSearch(router, (before) => before, { replace: false })
    await router.navigate(-1)
    expect(address()).toBe('/keys?name=a%20b')
  })

  it('does not call the page back when typing is told after a link was followed', async () => {
    const { router, set, address } = open('/keys')
    const going = router.navigate('/late')
    set('q', 'lap', true)
    await going
    expect(address()).toBe('/late')
  })

  it('calls the page back when it was asked for after the link', async () => {
    const { router, set, address } = open('/keys')
    const going = router.navigate('/late')
    set('status', 'paused')
    await going
    expect(address()).toBe('/keys?status=paused')
  })
})
