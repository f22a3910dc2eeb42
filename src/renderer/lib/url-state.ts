/**
 * Filters live in the address, so that a view can be linked, reloaded and left with "back". A codec says how one value is
 * written; a value that equals the codec's default is left out.
 *
 *     const filters = { q: textParam(), status: oneOfParam(['active', 'paused']), models: listParam() }
 *     const [state, setState, reset] = useUrlState(filters)
 *     setState({ status: 'paused' })              // one step for "back"
 *     setState({ q: 'lap' }, { replace: true })   // while typing: no step
 *
 * Define the codecs outside the component.
 */
import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { changeSearch, useLiveRouter } from './live-address.ts'

export interface UrlParam<T> {
  /** Anything that does not fit gives the default: an address may be typed by hand. */
  read(raw: string | null): T
  /** Null leaves the parameter out. */
  write(value: T): string | null
}

export type UrlParams = Readonly<Record<string, UrlParam<unknown>>>
export type UrlState<P> = { readonly [K in keyof P]: P[K] extends UrlParam<infer T> ? T : never }

export function textParam(): UrlParam<string> {
  return { read: (raw) => raw ?? '', write: (value) => (value === '' ? null : value) }
}

/** Null stands for "all". */
export function oneOfParam<const T extends string>(values: readonly T[]): UrlParam<T | null> {
  return { read: (raw) => values.find((value) => value === raw) ?? null, write: (value) => value }
}

/** Like `oneOfParam`, with a default in place of null. */
export function choiceParam<const T extends string>(values: readonly T[], fallback: NoInfer<T>): UrlParam<T> {
  return {
    read: (raw) => values.find((value) => value === raw) ?? fallback,
    write: (value) => (value === fallback ? null : value),
  }
}

export function numberParam(): UrlParam<number | null> {
  return {
    read: (raw) => (raw === null || raw === '' || !Number.isFinite(Number(raw)) ? null : Number(raw)),
    write: (value) => (value === null ? null : String(value)),
  }
}

export function switchParam(): UrlParam<boolean> {
  return { read: (raw) => raw === '1', write: (value) => (value ? '1' : null) }
}

/** Comma-separated; a comma within a value is escaped. */
export function listParam(): UrlParam<readonly string[]> {
  return {
    read: (raw) => (raw === null || raw === '' ? [] : raw.split(',').map(unescape)),
    write: (values) => (values.length === 0 ? null : values.map(escape).join(',')),
  }
}

function escape(value: string): string {
  return value.replaceAll('%', '%25').replaceAll(',', '%2C')
}

function unescape(value: string): string {
  return value.replaceAll('%2C', ',').replaceAll('%25', '%')
}

export type SetUrlState<P> = (patch: Partial<UrlState<P>>, options?: { replace?: boolean }) => void

export function useUrlState<P extends UrlParams>(params: P): [UrlState<P>, SetUrlState<P>, () => void] {
  const [search] = useSearchParams()
  const router = useLiveRouter()
  const state = useMemo(() => readState(params, search), [params, search])
  const set = useCallback<SetUrlState<P>>(
    (patch, options = {}) => {
      changeSearch(router, (before) => writeState(params, patch, before), { replace: options.replace ?? false })
    },
    [params, router],
  )
  const reset = useCallback(() => {
    const without = (before: URLSearchParams) => {
      const next = new URLSearchParams(before)
      for (const name of Object.keys(params)) next.delete(name)
      return next
    }
    changeSearch(router, without, { replace: false })
  }, [params, router])
  return [state, set, reset]
}

export function readState<P extends UrlParams>(params: P, search: URLSearchParams): UrlState<P> {
  const pairs = Object.entries(params).map(([name, param]) => [name, param.read(search.get(name))])
  return Object.fromEntries(pairs) as UrlState<P>
}

export function writeState<P extends UrlParams>(
  params: P,
  patch: Partial<UrlState<P>>,
  before: URLSearchParams,
): URLSearchParams {
  const next = new URLSearchParams(before)
  for (const [name, value] of Object.entries(patch)) {
    const raw = params[name]?.write(value) ?? null
    if (raw === null) next.delete(name)
    else next.set(name, raw)
  }
  return next
}

/** The address of a page with these filters set: `/requests?key=…&state=failed`. */
export function withParams(path: string, values: Readonly<Record<string, string | number | null | undefined>>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value))
  }
  return search.size === 0 ? path : `${path}?${search.toString()}`
}
