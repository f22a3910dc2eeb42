/** Moves the listener and saves where to. Saved only what moved; moved back when it cannot be saved. */
import { AppError } from '../../shared/errors.ts'
import type { Settings } from '../../shared/settings.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** The gateway's listener. */
export interface GatewayAddress {
  /** Null where it does not listen. */
  readonly bound: Address | null
  /** Moves it. Where that fails it stays. */
  listen(host: string, port: number): Promise<Address>
}

export type AddressSettings = Partial<Pick<Settings, 'gateway.host' | 'gateway.port'>>

/** `save` commits. What did not move is left as it is saved. */
export async function moveAddress(
  gateway: GatewayAddress,
  { from, to }: { readonly from: Address; readonly to: Address },
  save: (moved: AddressSettings) => void,
): Promise<void> {
  try {
    await gateway.listen(to.host, to.port)
  } catch (thrown) {
    const { code, message, details, cause } = AppError.from(thrown)
    const stays = `The gateway stays on ${from.host} port ${from.port}.`
    throw new AppError(code, `${message} ${stays}`, details === undefined ? { cause } : { details, cause })
  }
  try {
    save({
      ...(from.host === to.host ? {} : { 'gateway.host': to.host }),
      ...(from.port === to.port ? {} : { 'gateway.port': to.port }),
    })
  } catch (thrown) {
    await gateway.listen(from.host, from.port)
    throw thrown
  }
}
