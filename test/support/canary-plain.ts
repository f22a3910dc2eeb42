/** Routes that pass as they are, with something to hide in each place: names of files, texts, queries, broken forms. */
import { ACT_HEADER, actNames } from './leaky-upstream.ts'
import { FORM_TYPE, formBytes } from './plain-peer.ts'

export interface PlainOf {
  /** Ends in `/v1`. */
  readonly baseUrl: string
  readonly key: string
  readonly model: string
  readonly prompt: string
  readonly query: string
  readonly fieldName: string
  readonly userAgent: string
}

/** What takes the account out of service is done elsewhere, and what never ends is ended there. */
const USED = actNames.filter((act) => act !== 'refuses_account' && act !== 'hangs')

export async function usePlain({ baseUrl, key, model, ...planted }: PlainOf, answered: string[]): Promise<void> {
  const { prompt, query, fieldName, userAgent } = planted
  const root = baseUrl.replace(/\/v1$/, '')
  const file = { name: 'file', value: prompt, file: `${prompt}.wav` }
  const form = formBytes([{ name: 'model', value: model }, file, { name: 'prompt', value: prompt }])
  const broken = [
    form.subarray(0, form.length - 9),
    formBytes([{ name: fieldName, value: prompt }, file]),
    formBytes([{ name: 'model', value: prompt.repeat(40) }, file]),
    Buffer.from(prompt),
  ]

  async function ask(path: string, body: Buffer | string | null, act = 'answer'): Promise<void> {
    const type = typeof body === 'string' ? 'application/json' : FORM_TYPE
    const headers = {
      authorization: `Bearer ${key}`,
      'user-agent': `agent/1 ${userAgent}`,
      [ACT_HEADER]: act,
      ...(body === null ? {} : { 'content-type': type }),
    }
    const sent = body === null ? {} : { method: 'POST', body: typeof body === 'string' ? body : new Uint8Array(body) }
    try {
      const answer = await fetch(root + path, { headers, ...sent, signal: AbortSignal.timeout(10_000) })
      answered.push(`${answer.status} ${[...answer.headers].flat().join(' ')}\n${await answer.text()}`)
    } catch {
      answered.push('broken off')
    }
  }

  const json = JSON.stringify({ model, prompt, input: prompt })
  for (const act of USED) {
    await ask('/v1/images/generations', json, act)
    await ask('/v1/audio/transcriptions', form, act)
    await ask('/v1/files', form, act)
  }
  for (const body of broken) {
    await ask('/v1/audio/transcriptions', body)
    await ask('/v1/images/edits', body)
  }
  await ask('/v1/responses/compact', json)
  await ask('/backend-api/files', JSON.stringify({ file_name: prompt }))
  await ask(`/v1/files?after=${query}`, null)
  await ask(`/v1/files/${query}`, null)
  await ask(`/v1/files/${encodeURIComponent(prompt)}/content`, null)
}
