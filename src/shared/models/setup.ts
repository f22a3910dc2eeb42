import { z } from 'zod'
import { timestamp } from './common.ts'
import { upstream } from './upstream.ts'

/** How far the way from nothing to a working client has been gone. */
export const setupState = z.object({
  upstreams: z.number(),
  simulators: z.number(),
  /** Active ones. */
  pools: z.number(),
  /** Active Pools with an enabled upstream. */
  servedPools: z.number(),
  keys: z.number(),
  /** The newest request in the log; null until a client has come. */
  lastRequest: z.object({ id: z.string(), at: timestamp, keyId: z.string() }).nullable(),
})
export type SetupState = z.infer<typeof setupState>

/** The simulator that was there, or the one made now. */
export const setupSimulator = z.object({ upstream, created: z.boolean() })

/** From where clients on this machine call the gateway, as an IP allowlist would see them. */
export const clientAddresses = z.object({
  addresses: z.array(
    z.object({
      address: z.string(),
      family: z.enum(['ipv4', 'ipv6']),
      /** The system's name of the interface. */
      interface: z.string(),
      isLoopback: z.boolean(),
    }),
  ),
})
export type ClientAddresses = z.infer<typeof clientAddresses>
