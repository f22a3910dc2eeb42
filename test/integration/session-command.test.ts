/** `weir session` and what `weir doctor` says of one, as an operator uses them: a real host, real processes. */
import { expect, it } from 'vitest'
import { makeTempDir } from '../support/temp-dir.ts'
import { startHost, weir } from '../support/weir-process.ts'

it('lists sessions, says where one would stay, and lets them go', { timeout: 90_000 }, async () => {
  const dataDir = makeTempDir('session-command')
  const host = await startHost(dataDir, [], { env: { WEIR_PASSPHRASE: 'session test passphrase' } })
  const ask = async (thread: string) => {
    const answer = await fetch(`${host.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${host.apiKey}`, 'content-type': 'application/json', 'thread-id': thread },
      body: JSON.stringify({ model: 'sim-chat', messages: [{ role: 'user', content: 'hello' }] }),
    })
    await answer.text()
    expect(answer.status).toBe(200)
  }
  const listed = async (...flags: string[]) =>
    JSON.parse((await weir(dataDir, ['session', 'list', '--json', ...flags])).stdout) as {
      rows: { id: string; requests: number }[]
      total: number
    }
  try {
    const none = await weir(dataDir, ['session', 'list'])
    expect(none).toMatchObject({ code: 0, stdout: 'No session is remembered.\n' })
    await weir(dataDir, ['upstream', 'add', 'Second', '--kind', 'simulator'])
    await weir(dataDir, ['pool', 'update', 'Demo', '--upstream', 'Second'])
    for (const thread of ['one', 'one', 'two', 'three']) await ask(thread)
    const page = await listed()
    expect(page.rows.map(({ requests }) => requests)).toEqual([1, 1, 2])
    const table = await weir(dataDir, ['session', 'list', '--pool', 'Demo', '--limit', '2'])
    expect(table.stdout).toContain(page.rows[0]?.id)
    expect(table.stdout).not.toContain(page.rows[2]?.id)
    expect(table.stdout).toContain('3 in all')
    const prefix = host.apiKey.slice(0, 18)
    const doctor = await weir(dataDir, ['doctor', '--key', prefix, '--model', 'sim-chat', '--session', 'one'])
    expect(doctor.stdout).toMatch(/Session\W+stays at /)

    expect(await weir(dataDir, ['session', 'release', page.rows[2]?.id ?? ''])).toMatchObject({ code: 0 })
    const again = await weir(dataDir, ['session', 'release', page.rows[2]?.id ?? ''])
    expect(again.code).not.toBe(0)
    expect(again.stderr).toContain('There is no session with this id')
    const other = await weir(dataDir, ['doctor', '--key', prefix, '--model', 'sim-chat', '--session', 'one'])
    expect(other.stdout).not.toContain('stays at')
    expect(await weir(dataDir, ['session', 'release'])).toMatchObject({ code: 2 })
    const all = await weir(dataDir, ['session', 'release', '--all', '--key', prefix])
    expect(all.stdout).toBe('Released 2 sessions.\n')
    expect((await listed()).total).toBe(0)
    const audit = await weir(dataDir, ['audit', '--json'])
    expect(audit.stdout).toContain('session.releaseAll')
  } finally {
    host.signal('SIGINT')
    await host.ended
  }
})
