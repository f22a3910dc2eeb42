import { describe, expect, it } from 'vitest'
import { baseUrlOf, curlLine, exposureText, type Ready, readyJson, readyText } from './announce.ts'

const ready: Ready = {
  baseUrl: 'http://127.0.0.1:4141/v1',
  adminUrl: 'http://127.0.0.1:4142/sign-in?token=abc',
  dataDir: '/data',
  version: '1.2.3',
  demo: { apiKey: 'sk-weir-demo', rotated: false },
  joined: false,
}

describe('announcement', () => {
  it('is one JSON line with exactly three fields', () => {
    const line = readyJson(ready)
    expect(line.split('\n')).toHaveLength(2)
    expect(JSON.parse(line)).toEqual({ baseUrl: ready.baseUrl, apiKey: 'sk-weir-demo', adminUrl: ready.adminUrl })
    expect(JSON.parse(readyJson({ ...ready, demo: null })).apiKey).toBeNull()
  })

  it('tells a person the addresses, the key and a line to paste', () => {
    const text = readyText(ready, 'linux')
    for (const part of [ready.baseUrl, String(ready.adminUrl), '/data', 'sk-weir-demo', 'Ctrl-C']) {
      expect(text).toContain(part)
    }
    expect(text).toContain(curlLine(ready.baseUrl, 'sk-weir-demo', 'linux'))
  })

  it('says when the demo key was rotated and when Weir ran already', () => {
    const text = readyText({ ...ready, joined: true, demo: { apiKey: 'sk-weir-demo', rotated: true } }, 'linux')
    expect(text).toContain('was running already')
    expect(text).toContain('rotated')
    expect(text).not.toContain('Ctrl-C')
  })

  it('quotes the curl line for the shell of the system', () => {
    expect(curlLine('http://h/v1', 'k', 'linux')).toContain(`-d '{"model":"sim-chat"`)
    expect(curlLine('http://h/v1', 'k', 'win32')).toContain('-d "{\\"model\\":\\"sim-chat\\"')
  })

  it.each([
    ['http://127.0.0.1:1', 'http://127.0.0.1:1/v1'],
    ['http://127.0.0.1:1/', 'http://127.0.0.1:1/v1'],
  ])('makes the base URL of %s', (gateway, expected) => {
    expect(baseUrlOf(gateway)).toBe(expected)
  })

  it('names the folder in the status command where the command would look elsewhere', () => {
    expect(readyText(ready, 'linux')).toContain('`npx weir status` prints')
    expect(readyText(ready, 'linux', false)).toContain('`npx weir status --data-dir "/data"` prints')
  })
})

describe('exposure', () => {
  const entry = { netmask: '', mac: '', cidr: null }
  const interfaces = {
    lo: [{ ...entry, address: '127.0.0.1', family: 'IPv4' as const, internal: true }],
    eth0: [
      { ...entry, address: '192.168.1.5', family: 'IPv4' as const, internal: false },
      { ...entry, address: 'fd00::5', family: 'IPv6' as const, internal: false, scopeid: 0 },
      { ...entry, address: 'fe80::1', family: 'IPv6' as const, internal: false, scopeid: 2 },
    ],
  }

  it('names each address to give out', () => {
    const text = exposureText('0.0.0.0', 'http://127.0.0.1:4141/v1', interfaces)
    expect(text).toContain('http://192.168.1.5:4141/v1')
    expect(text).not.toContain('fd00')
    expect(exposureText('::', 'http://127.0.0.1:4141/v1', interfaces)).toContain('http://[fd00::5]:4141/v1')
    expect(exposureText('::', 'http://127.0.0.1:4141/v1', interfaces)).not.toContain('fe80')
    expect(exposureText('10.0.0.9', 'http://10.0.0.9:4141/v1', interfaces)).toContain('http://10.0.0.9:4141/v1')
  })

  it('says what is exposed and that the operator surface is not', () => {
    const text = exposureText('0.0.0.0', 'http://127.0.0.1:4141/v1', {})
    for (const part of ['0.0.0.0', 'unencrypted', 'stays on 127.0.0.1', 'no network address']) {
      expect(text).toContain(part)
    }
  })
})
