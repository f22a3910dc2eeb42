/** What the seat does not have must not pass for something that worked: any unknown member of `electron` throws. */

/** Asked by languages and libraries of every object, never by the app of Electron. */
const asked = new Set(['then', 'toJSON', 'constructor', 'prototype', 'asymmetricMatch', 'nodeType', '$$typeof'])

export function strict<T extends object>(name: string, target: T): T {
  return new Proxy(target, {
    get(object, key, receiver) {
      if (key in object || typeof key === 'symbol' || asked.has(key))
        return Reflect.get(object, key, receiver) as unknown
      throw new Error(`electron seat: ${name}.${key} is not there`)
    },
  })
}

/** The same for an object with private members: its functions run on the object itself. */
export function strictObject<T extends object>(name: string, target: T): T {
  return new Proxy(strict(name, target), {
    get(object, key) {
      const member: unknown = Reflect.get(object, key)
      return typeof member === 'function' && key !== 'constructor' ? (member.bind(target) as unknown) : member
    },
  })
}

export interface Preventable {
  defaultPrevented: boolean
  preventDefault(): void
}

export function preventable<T extends object>(members: T): Preventable & T {
  const event = {
    defaultPrevented: false,
    preventDefault() {
      event.defaultPrevented = true
    },
    ...members,
  }
  return event
}
