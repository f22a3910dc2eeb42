/** The official `openai` SDK through Weir, against the simulator: pictures, recordings, files, compaction. */
import OpenAI, { toFile } from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWeir, type Weir } from './support/weir.ts'

let weir: Weir
let client: OpenAI

beforeAll(async () => {
  weir = await startWeir()
  client = new OpenAI({ apiKey: weir.apiKey, baseURL: weir.baseUrl })
})
afterAll(() => weir?.close())

const sound = () => toFile(Buffer.from('RIFF0000WAVE'), 'hello.wav')

describe('openai SDK, pictures', () => {
  it('makes one', async () => {
    const { data, usage } = await client.images.generate({ model: 'gpt-image-1', prompt: 'a weir' })
    expect(Buffer.from(data?.[0]?.b64_json ?? '', 'base64').toString('latin1', 1, 4)).toBe('PNG')
    expect(usage).toMatchObject({ output_tokens: 272 })
  })

  it('makes one as a stream', async () => {
    const names: string[] = []
    const stream = await client.images.generate({ model: 'gpt-image-1', prompt: 'a weir', stream: true })
    for await (const { type } of stream) names.push(type)
    expect(names).toEqual(['image_generation.partial_image', 'image_generation.completed'])
  })

  it('changes one', async () => {
    const image = await toFile(Buffer.from('no real picture'), 'a.png', { type: 'image/png' })
    const { data } = await client.images.edit({ model: 'gpt-image-1', image, prompt: 'a hat' })
    expect(data).toHaveLength(1)
  })
})

describe('openai SDK, recordings', () => {
  it('hears the text, whole, as plain text and as a stream', async () => {
    const model = 'gpt-4o-transcribe'
    const { text } = await client.audio.transcriptions.create({ model, file: await sound() })
    expect(text.split(' ')).toHaveLength(8)
    const plain = await client.audio.transcriptions.create({ model, file: await sound(), response_format: 'text' })
    expect(String(plain).trim().split(' ')).toHaveLength(8)
    const names = new Set<string>()
    for await (const { type } of await client.audio.transcriptions.create({
      model,
      file: await sound(),
      stream: true,
    })) {
      names.add(type)
    }
    expect([...names]).toEqual(['transcript.text.delta', 'transcript.text.done'])
  })
})

describe('openai SDK, files', () => {
  it('uploads one, finds it, reads it and deletes it', async () => {
    const made = await client.files.create({ purpose: 'user_data', file: await toFile(Buffer.from('a text'), 'a.txt') })
    expect((await client.files.retrieve(made.id)).id).toBe(made.id)
    expect((await client.files.list()).data.map(({ id }) => id)).toEqual([made.id])
    expect(await (await client.files.content(made.id)).text()).toBe('a text')
    expect((await client.files.delete(made.id)).deleted).toBe(true)
    await expect(client.files.retrieve('file-of-nobody')).rejects.toMatchObject({ status: 404, code: 'file_not_found' })
  })
})

describe('openai SDK, compaction', () => {
  it('gets a shorter conversation', async () => {
    const { output } = await client.responses.compact({ model: 'sim-chat', input: 'hello' })
    expect(output.map(({ type }) => type)).toEqual(['compaction'])
  })
})
