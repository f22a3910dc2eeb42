import { describe, expect, it } from 'vitest'
import { ownArguments } from './arguments.ts'

describe('the flags of the desktop app', () => {
  it('are what follows the app, packaged or not', () => {
    expect(ownArguments(['electron', '/app', '--port', '5000'], false, '/app')).toEqual(['--port', '5000'])
    expect(ownArguments(['electron', '.', '--demo'], false, '/app')).toEqual(['--demo'])
    expect(ownArguments(['/opt/Weir/weir', '--port', '5000'], true, '/opt/Weir/resources/app.asar')).toEqual([
      '--port',
      '5000',
    ])
  })

  it('do not include Chromium’s own', () => {
    const argv = ['electron', '--inspect=0', '--remote-debugging-port=0', '/app', '--no-sandbox', '-psn_0_1', '--demo']
    expect(ownArguments(argv, false, '/app')).toEqual(['--demo'])
  })

  it('include what nobody knows, so that it is refused', () => {
    expect(ownArguments(['weir', '--prot', '5000'], true, '/app')).toEqual(['--prot', '5000'])
  })
})
