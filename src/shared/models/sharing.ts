/** Who may reach the gateway over the network, under which addresses, and who does. */
import { z } from 'zod'
import { timestamp } from './common.ts'
import { clientKind } from './request.ts'

/** `machine`: loopback only. `interface`: loopback and one address. `all`: every interface, those to come included. */
export const sharingScope = z.enum(['machine', 'interface', 'all'])
export type SharingScope = z.infer<typeof sharingScope>

export const sharingFactCode = z.enum([
  'this_machine_only',
  'network_needs_key',
  'unencrypted',
  'admin_stays_local',
  'every_interface',
  'public_address',
  'fixed_by_start',
])
export type SharingFactCode = z.infer<typeof sharingFactCode>

export const sharingStatus = z.object({
  scope: sharingScope,
  exposed: z.boolean(),
  listening: z.boolean(),
  host: z.string(),
  port: z.number(),
  /** The flag or variable that fixes the address or the port for this run. */
  fixedBy: z.object({ host: z.string().nullable(), port: z.string().nullable() }),
  /** What this exposes, in plain sentences. */
  facts: z.array(z.object({ code: sharingFactCode, text: z.string() })),
  /** To give out, each ending in `/v1`. Loopback first. */
  baseUrls: z.array(z.object({ url: z.string(), interface: z.string(), reach: z.enum(['machine', 'network']) })),
  /** Every address of this machine that the gateway could be bound to. */
  interfaces: z.array(
    z.object({
      name: z.string(),
      address: z.string(),
      family: z.enum(['IPv4', 'IPv6']),
      kind: z.enum(['loopback', 'private', 'public']),
      served: z.boolean(),
    }),
  ),
  /** By client address and key, the most recent first. Remembered since the start; at most 200. */
  clients: z.array(
    z.object({
      address: z.string(),
      keyId: z.string(),
      keyName: z.string(),
      client: clientKind,
      lastSeenAt: timestamp,
      /** Ended in the last ten minutes. */
      recentRequests: z.number().int().nonnegative(),
    }),
  ),
})
export type SharingStatus = z.infer<typeof sharingStatus>
export type SharingClient = SharingStatus['clients'][number]

/** `loopback`, `all`, the name of an interface, or an address of this machine. Without a port the present one stays. */
export const sharingChange = z.object({
  address: z
    .string()
    .min(1)
    .max(253)
    .regex(/^[\w.:%-]+(?: [\w.:%-]+)*$/),
  port: z.number().int().min(1).max(65_535).optional(),
})
export type SharingChange = z.infer<typeof sharingChange>
