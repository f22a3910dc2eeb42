/** What an address of the gateway exposes, in plain sentences: of the one it has, and of the one it is about to get. */
import type { SharingFactCode, SharingScope } from './models/sharing.ts'

export const sharingFacts: Readonly<Record<SharingFactCode, string>> = {
  this_machine_only: 'Only programs on this machine can reach the gateway.',
  network_needs_key: 'Other machines that can reach this address can use the gateway with a valid Pool key.',
  unencrypted: 'Keys, requests and answers cross the network unencrypted: whoever can listen there can read them.',
  admin_stays_local: 'The operator surface stays on this machine, whatever the gateway listens on.',
  every_interface: 'It listens on every interface, also on those that appear later, such as a VPN or another Wi-Fi.',
  public_address:
    'One of its addresses is public: unless a firewall stops them, machines of the internet can reach it.',
  fixed_by_start: 'The address or the port is fixed by a flag or variable of this start.',
}

export function exposureOf(scope: SharingScope, isPublic: boolean): SharingFactCode[] {
  return [
    ...(scope === 'machine' ? (['this_machine_only'] as const) : (['network_needs_key', 'unencrypted'] as const)),
    ...(scope === 'all' ? (['every_interface'] as const) : []),
    ...(isPublic ? (['public_address'] as const) : []),
    'admin_stays_local',
  ]
}
