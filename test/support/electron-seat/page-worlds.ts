/**
 * Code that runs inside Chromium, as its own source; so it uses nothing from outside.
 *
 *   page's world ◀─ bridge: synchronous DOM events ─▶ preload's world ◀─ a binding of the debugger ─▶ main process
 *
 * The preload's world is a real isolated world of Chromium, as in Electron: one DOM, two sets of JavaScript globals.
 */
import type { ValueCodec } from './value-codec.ts'

interface PageEvent {
  readonly detail: unknown
}
/** The little of a page's window that is needed here. */
interface PageWindow {
  dispatchEvent(event: unknown): boolean
  addEventListener(name: string, listener: (event: PageEvent) => void): void
}
interface PageGlobals {
  readonly window: PageWindow
  readonly CustomEvent: new (name: string, options: PageEvent) => object
}

type Message =
  | { readonly op: 'expose'; readonly key: string; readonly api: unknown }
  | { readonly op: 'call'; readonly id: number; readonly args: unknown[] }
  | { readonly op: 'settle'; readonly id: string; readonly ok: boolean; readonly value: unknown }
  | { readonly op: 'answer'; readonly ok: boolean; readonly value: unknown }
type Answer = Extract<Message, { op: 'answer' }>
type Held = ((...args: unknown[]) => unknown) | PromiseWithResolvers<unknown>

export interface BridgeEnd {
  expose(key: string, api: unknown): void
}

/** One end of contextBridge. Values cross as structured clones, functions and promises as stand-ins. */
export function bridgeEnd(outgoing: string, incoming: string): BridgeEnd {
  const { window, CustomEvent } = globalThis as unknown as PageGlobals
  const held = new Map<number | string, Held>()
  let lastId = 0
  let answer: Answer | undefined

  function isPlain(value: unknown): value is Record<string, unknown> {
    if (typeof value !== 'object' || value === null) return false
    const prototype: unknown = Object.getPrototypeOf(value)
    return prototype === Object.prototype || prototype === null
  }
  const mapValues = (record: Record<string, unknown>, change: (value: unknown) => unknown) =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))

  function pack(value: unknown): unknown {
    if (typeof value === 'function') {
      held.set((lastId += 1), value as (...args: unknown[]) => unknown)
      return { __bridge: 'function', id: lastId }
    }
    if (value instanceof Promise) {
      const id = `${outgoing} ${(lastId += 1)}`
      value.then(
        (result: unknown) => post({ op: 'settle', id, ok: true, value: pack(result) }),
        (error: unknown) => post({ op: 'settle', id, ok: false, value: error }),
      )
      return { __bridge: 'promise', id }
    }
    if (Array.isArray(value)) return value.map(pack)
    return isPlain(value) ? mapValues(value, pack) : value
  }

  function unpack(value: unknown): unknown {
    if (Array.isArray(value)) return Object.freeze(value.map(unpack))
    if (!isPlain(value)) return value
    if (value['__bridge'] === 'function') return (...args: unknown[]) => call(Number(value['id']), args)
    if (value['__bridge'] === 'promise') {
      const promise = Promise.withResolvers<unknown>()
      held.set(String(value['id']), promise)
      return promise.promise
    }
    return Object.freeze(mapValues(value, unpack))
  }

  function post(message: Message): Answer | undefined {
    answer = undefined
    // Synchronous, also from one world to the other: the answer is there when this returns.
    window.dispatchEvent(new CustomEvent(outgoing, { detail: message }))
    return answer
  }

  function call(id: number, args: unknown[]): unknown {
    const result = post({ op: 'call', id, args: args.map(pack) })
    if (result === undefined) throw new Error('An object could not be cloned.')
    if (!result.ok) throw result.value
    return unpack(result.value)
  }

  function act(message: Extract<Message, { op: 'expose' | 'call' }>): unknown {
    if (message.op === 'expose') {
      if (message.key in window)
        throw new Error('Cannot bind an API on top of an existing property on the window object')
      Object.defineProperty(window, message.key, { value: unpack(message.api), enumerable: true })
      return undefined
    }
    const run = held.get(message.id)
    if (typeof run !== 'function') throw new Error('electron seat: no such function')
    return pack(run(...(unpack(message.args) as unknown[])))
  }

  function settle({ id, ok, value }: Extract<Message, { op: 'settle' }>): void {
    const promise = held.get(id)
    held.delete(id)
    if (promise === undefined || typeof promise === 'function') return
    if (ok) promise.resolve(unpack(value))
    else promise.reject(value)
  }

  window.addEventListener(incoming, ({ detail }) => {
    // Something that can't be cloned arrives as nothing; the caller then sees no answer.
    if (detail === null) return
    const message = detail as Message
    if (message.op === 'answer') answer = message
    else if (message.op === 'settle') settle(message)
    else {
      let reply: Answer
      try {
        reply = { op: 'answer', ok: true, value: act(message) }
      } catch (error) {
        reply = { op: 'answer', ok: false, value: error }
      }
      post(reply)
    }
  })

  return {
    expose(key, api) {
      const result = post({ op: 'expose', key, api: pack(api) })
      if (result?.ok !== true) throw result?.value ?? new Error('electron seat: the page does not listen')
    },
  }
}

export interface PreloadConfig {
  readonly binding: string
  readonly process: object
}

type Listener = (event: object, ...args: unknown[]) => void
type RunPreload = (
  require: (name: string) => unknown,
  module: { exports: unknown },
  exports: unknown,
  process: object,
) => void

/** What a sandboxed preload finds: `require('electron')` and little else, and the wire to the main process. */
export function preloadWorld(codec: ValueCodec, bridge: BridgeEnd, config: PreloadConfig, run: RunPreload): void {
  const scope = globalThis as unknown as Record<string, unknown>
  const toMain = scope[config.binding] as (text: string) => void
  const pending = new Map<number, PromiseWithResolvers<unknown>>()
  const listeners = new Map<string, Listener[]>()
  let lastId = 0

  const ipcRenderer = {
    invoke(channel: string, ...args: unknown[]): Promise<unknown> {
      const call = Promise.withResolvers<unknown>()
      const id = (lastId += 1)
      try {
        const payload = codec.encode(args)
        pending.set(id, call)
        toMain(JSON.stringify({ id, channel, payload }))
      } catch (error) {
        call.reject(error)
      }
      return call.promise
    },
    on(channel: string, listener: Listener) {
      listeners.set(channel, [...(listeners.get(channel) ?? []), listener])
      return ipcRenderer
    },
    removeListener(channel: string, listener: Listener) {
      listeners.set(
        channel,
        (listeners.get(channel) ?? []).filter((known) => known !== listener),
      )
      return ipcRenderer
    },
  }

  // Called by the main process in this world.
  scope['__fromMain'] = {
    settle(id: number, ok: boolean, payload: string) {
      const call = pending.get(id)
      pending.delete(id)
      if (ok) call?.resolve(codec.decode(payload))
      else call?.reject(new Error(String(codec.decode(payload))))
    },
    event(channel: string, payload: string) {
      const args = codec.decode(payload) as unknown[]
      for (const listener of listeners.get(channel) ?? []) listener({ sender: ipcRenderer }, ...args)
    },
  }

  const electron = { ipcRenderer, contextBridge: { exposeInMainWorld: bridge.expose } }
  const strict = (name: string, members: object): unknown =>
    new Proxy(members, {
      get(object, key) {
        if (key in object) return Reflect.get(object, key) as unknown
        throw new Error(`electron seat: ${name}.${String(key)} is not there`)
      },
    })
  const require = (name: string) => {
    if (name !== 'electron') throw new Error(`module not found: ${name}`)
    return {
      ipcRenderer: strict('ipcRenderer', electron.ipcRenderer),
      contextBridge: strict('contextBridge', electron.contextBridge),
    }
  }
  const module = { exports: {} }
  run(require, module, module.exports, { ...config.process, type: 'renderer', contextIsolated: true, sandboxed: true })
}

interface PermissionGlobals {
  readonly Permissions: { readonly prototype: { query(wanted: { name: string }): Promise<object> } }
}

/** What the page may is asked of the app, and apart from what happens when it does it, as in Electron. */
export function answerQueries(states: Readonly<Record<string, string>>): void {
  // Missing where a page is no secure context.
  const prototype = (globalThis as unknown as Partial<PermissionGlobals>).Permissions?.prototype
  if (prototype === undefined) return
  const { query } = prototype
  prototype.query = function (wanted) {
    const state = states[wanted.name]
    return state === undefined ? query.call(this, wanted) : Promise.resolve({ state, name: wanted.name })
  }
}
