import { describe, expect, it } from 'vitest'
import { boundaryOf, readForm, textPart, withField, withText } from './multipart.ts'

const BOUNDARY = 'the-border'
const BINARY = Buffer.from([0, 255, 13, 10, 45, 45, 13, 10, 13, 10, 7])

interface Part {
  readonly head: string
  readonly content: string | Buffer
}

const field = (name: string, content: string): Part => ({
  head: `Content-Disposition: form-data; name="${name}"`,
  content,
})
const file = (name: string, content: Buffer = BINARY): Part => ({
  head: `Content-Disposition: form-data; name="${name}"; filename="a; name=model.wav"\r\nContent-Type: audio/wav`,
  content,
})

function formOf(parts: readonly Part[], end = '--\r\n'): Buffer {
  const pieces = parts.flatMap(({ head, content }) => [`--${BOUNDARY}\r\n${head}\r\n\r\n`, content, '\r\n'])
  return Buffer.concat([...pieces, `--${BOUNDARY}${end}`].map((piece) => Buffer.from(piece)))
}

const model = (body: Buffer) => textPart(body, readForm(body, BOUNDARY), { name: 'model', maxBytes: 200 })?.text

describe('a form', () => {
  it('is read without its files', () => {
    const body = formOf([file('file'), field('model', 'whisper-1'), field('prompt', '')])
    const parts = readForm(body, BOUNDARY)
    expect(parts.map(({ name, isFile }) => [name, isFile])).toEqual([
      ['file', true],
      ['model', false],
      ['prompt', false],
    ])
    const [first, , last] = parts
    expect(body.subarray(first?.start, first?.end)).toEqual(BINARY)
    expect(last?.start).toBe(last?.end)
    expect(model(body)).toBe('whisper-1')
    expect(JSON.stringify(parts)).not.toContain('wav')
  })

  it('is read as undici writes it', async () => {
    const form = new FormData()
    form.append('model', 'gpt-4o-transcribe')
    form.append('file', new Blob([BINARY]), 'späte "Aufnahme".wav')
    const request = new Request('http://x.invalid', { method: 'POST', body: form })
    const boundary = boundaryOf(request.headers.get('content-type')) ?? ''
    const body = Buffer.from(await request.arrayBuffer())
    expect(readForm(body, boundary).map(({ name }) => name)).toEqual(['model', 'file'])
  })

  it('gets another text, or one more, and keeps every other byte', () => {
    const body = formOf([field('model', 'short'), file('file')])
    const [part] = readForm(body, BOUNDARY)
    if (part === undefined) throw new Error('no part')
    expect(withText(body, part, 'a-longer-name')).toEqual(formOf([field('model', 'a-longer-name'), file('file')]))
    const without = formOf([file('file')])
    const added = withField(without, BOUNDARY, { name: 'model', text: 'm' })
    expect(model(added)).toBe('m')
    expect(added.subarray(-without.length)).toEqual(without)
  })

  it.each([
    ['a preamble', Buffer.concat([Buffer.from('x\r\n'), formOf([])])],
    ['no end', formOf([field('model', 'a')], '\r\n')],
    ['a longer border', formOf([field('model', 'a')], 'x\r\n\r\n')],
    ['an epilogue', formOf([field('model', 'a')], '--\r\nmore')],
    ['a part without a name', formOf([{ head: 'Content-Type: text/plain', content: 'a' }])],
    ['two names', formOf([{ head: 'Content-Disposition: form-data; name="x"; name="model"', content: 'a' }])],
    ['an extended name', formOf([{ head: "Content-Disposition: form-data; name*=utf-8''model", content: 'a' }])],
    ['an escaped name', formOf([{ head: 'Content-Disposition: form-data; name="mo\\del"', content: 'a' }])],
    ['an encoded name', formOf([field('mode%6c', 'a')])],
    [
      'a bare line end in a head',
      formOf([{ head: 'X-A: b\nContent-Disposition: form-data; name="model"', content: 'a' }]),
    ],
    ['a folded line', formOf([{ head: 'Content-Disposition: form-data;\r\n name="model"', content: 'a' }])],
    [
      'an encoded part',
      formOf([{ ...field('model', 'YQ=='), head: `${field('model', '').head}\r\nContent-Transfer-Encoding: base64` }]),
    ],
    [
      'a quote in a file name',
      formOf([{ head: 'Content-Disposition: form-data; name="f"; filename="\\"; name=\\"model"', content: 'a' }]),
    ],
  ])('is refused with %s', (_what, body) => {
    expect(() => readForm(body, BOUNDARY)).toThrow(/form is not valid/)
  })

  it('is refused where a field is given twice, is a file, or is long', () => {
    expect(() => model(formOf([field('model', 'a'), field('model', 'b')]))).toThrow(/given twice/)
    expect(() => model(formOf([file('model')]))).toThrow(/short text/)
    expect(() => model(formOf([field('model', 'a'.repeat(201))]))).toThrow(/short text/)
  })
})

describe('the boundary', () => {
  it.each([
    ['multipart/form-data; boundary=abc', 'abc'],
    ['Multipart/Form-Data;boundary="a b"', 'a b'],
    ['multipart/form-data; charset=utf-8; Boundary=abc', 'abc'],
    ['application/json', null],
    [null, null],
  ])('of %s is %s', (type, boundary) => {
    expect(boundaryOf(type)).toBe(boundary)
  })

  it.each([
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=a; boundary=b',
    `multipart/form-data; boundary=${'a'.repeat(71)}`,
  ])('is refused in %s', (type) => {
    expect(() => boundaryOf(type)).toThrow(/boundary/)
  })
})
