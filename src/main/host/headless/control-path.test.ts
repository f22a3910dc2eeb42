import { describe, expect, it } from 'vitest'
import { controlPath } from './control-path.ts'

const linux = { platform: 'linux', tmpdir: '/tmp' } as const

describe('control path', () => {
  it('is a socket in the data directory where its path is short enough', () => {
    expect(controlPath('/home/ada/weir', linux)).toEqual({ path: '/home/ada/weir/weir.sock', privateDir: null })
  })

  it('is in a private temporary folder where the path would be cut', () => {
    const { path, privateDir } = controlPath(`/${'long/'.repeat(20)}`, linux)
    expect(path).toMatch(/^\/tmp\/weir-[0-9a-f]{24}\/weir\.sock$/)
    expect(privateDir).toBe(path.slice(0, -'/weir.sock'.length))
    expect(Buffer.byteLength(path)).toBeLessThan(100)
  })

  it('counts bytes, not characters', () => {
    expect(controlPath(`/${'é'.repeat(60)}`, linux).privateDir).not.toBeNull()
  })

  it('is a named pipe on Windows, different for each data directory', () => {
    const windows = { platform: 'win32', tmpdir: 'C:\\Temp' } as const
    const [one, other] = ['C:\\a', 'C:\\b'].map((dir) => controlPath(dir, windows).path)
    expect(one).toMatch(/^\\\\\.\\pipe\\weir-[0-9a-f]{24}$/)
    expect(one).not.toBe(other)
  })
})
