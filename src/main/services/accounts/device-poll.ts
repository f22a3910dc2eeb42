/** Waits for the operator to type a device code: asks as often as it was told to, and less often when told so. */
import { setTimeout as wait } from 'node:timers/promises'
import { AppError } from '../../../shared/errors.ts'
import { pollDeviceCode, type DeviceCode, type Issuer, type Proof } from '../../providers/chatgpt-oauth.ts'

/** Calls that get no answer in a row, as when the network is gone for a moment. */
const MAX_LOST = 5

/** @throws AppError when the sign-in is over, or the server cannot be reached; whatever, once the signal is aborted. */
export async function pollUntilProved(server: Issuer, device: DeviceCode, signal: AbortSignal): Promise<Proof> {
  let intervalMs = device.intervalMs
  let lost = 0
  for (;;) {
    await wait(intervalMs, undefined, { signal, ref: false })
    try {
      const answer = await pollDeviceCode(server, device, signal)
      lost = 0
      if (answer.kind === 'proved') return answer.proof
      if (answer.kind === 'over') throw answer.error
      intervalMs += answer.slowerByMs
    } catch (error) {
      const isOver = !(error instanceof AppError) || !error.code.startsWith('upstream_')
      lost += 1
      if (isOver || signal.aborted || lost >= MAX_LOST) throw error
    }
  }
}
