import { AppError } from '../../../shared/errors.ts'
import type { Assignment, Pool } from '../../../shared/models/pool.ts'
import { poolStatus } from '../../../shared/models/pool.ts'
import type { Upstream } from '../../../shared/models/upstream.ts'
import { choice, nameOf } from '../arguments.ts'
import { describeModels, poolModelFlags, readModels } from '../pool-models.ts'
import type { Answer, Command, Context, Input } from '../command.ts'
import { facts, table, time } from '../format.ts'
import { findPool, pick } from '../lookup.ts'

const assignFlag = {
  name: 'upstream',
  value: 'NAME[:PRIORITY[:WEIGHT]]',
  many: true,
  help: 'Assign an upstream. Priority 1 (the default) is tried first; equal priorities share by weight.',
} as const

const notesFlag = { name: 'notes', value: 'TEXT', help: 'Notes for yourself.' } as const

export const poolCommands: readonly Command[] = [
  {
    words: ['pool', 'create'],
    args: [{ name: 'NAME', optional: true }],
    flags: [
      { name: 'name', value: 'NAME', help: 'The name, if not given as a word.' },
      assignFlag,
      ...poolModelFlags,
      notesFlag,
    ],
    help: 'Create a Pool.',
    run: create,
  },
  { words: ['pool', 'list'], args: [], flags: [], help: 'List the Pools.', run: list },
  {
    words: ['pool', 'duplicate'],
    args: [{ name: 'POOL' }, { name: 'NAME' }],
    flags: [],
    help: 'Create a Pool with the upstreams and models of another one, without its keys.',
    run: duplicate,
  },
  {
    words: ['pool', 'update'],
    args: [{ name: 'POOL' }],
    flags: [
      { name: 'name', value: 'NAME', help: 'Rename.' },
      { name: 'status', value: poolStatus.options.join('|'), help: 'Change the status.' },
      assignFlag,
      { name: 'remove-upstream', value: 'NAME', many: true, help: 'Take an upstream out of the Pool.' },
      ...poolModelFlags,
      notesFlag,
    ],
    help: 'Change a Pool; what is not named stays.',
    run: update,
  },
  {
    words: ['pool', 'delete'],
    args: [{ name: 'POOL' }],
    flags: [{ name: 'yes', help: 'Confirm: the keys of the Pool go with it.' }],
    help: 'Delete an archived Pool with its keys; the request log stays.',
    run: remove,
  },
]

async function create({ call, input }: Context): Promise<Answer> {
  const upstreams = await call('upstream.list', {})
  const assignments = input.list('upstream').map((text) => parseAssignment(text, upstreams))
  const made = await call('pool.create', {
    name: nameOf(input),
    notes: input.text('notes'),
    assignments,
    ...readModels(input, []),
  })
  return { json: made, text: describe(made, upstreams) }
}

async function list({ call }: Context): Promise<Answer> {
  const [pools, upstreams] = await Promise.all([call('pool.list', {}), call('upstream.list', {})])
  const rows = pools.map((pool) => [
    pool.name,
    pool.status,
    assigned(pool, upstreams) || 'none',
    time(pool.createdAt),
    pool.id,
  ])
  const empty = 'No Pools yet. `weir pool create NAME --upstream NAME` makes one.'
  return { json: pools, text: table(['Name', 'Status', 'Upstreams', 'Created', 'Id'], rows, empty) }
}

async function update({ call, input }: Context): Promise<Answer> {
  const upstreams = await call('upstream.list', {})
  const pool = await findPool(call, input.args[0] ?? '')
  const status = choice(input, 'status', poolStatus.options)
  const patch = {
    name: input.text('name'),
    notes: input.text('notes'),
    status,
    assignments: reassign(pool, input, upstreams),
    ...readModels(input, pool.aliases),
  }
  const changed = await call('pool.update', { id: pool.id, patch })
  return { json: changed, text: describe(changed, upstreams) }
}

async function duplicate({ call, input }: Context): Promise<Answer> {
  const { id } = await findPool(call, input.args[0] ?? '')
  const made = await call('pool.duplicate', { id, name: input.args[1] ?? '' })
  return { json: made, text: describe(made, await call('upstream.list', {})) }
}

async function remove({ call, input }: Context): Promise<Answer> {
  const pool = await findPool(call, input.args[0] ?? '')
  if (!input.isOn('yes')) {
    throw new AppError('invalid_option', `Deleting "${pool.name}" deletes its keys too. Add --yes to confirm.`)
  }
  const gone = await call('pool.delete', { id: pool.id })
  return { json: gone, text: `Deleted Pool "${pool.name}" and ${gone.deletedKeys} of its keys.\n` }
}

function reassign(pool: Pool, input: Input, upstreams: readonly Upstream[]): Assignment[] | undefined {
  const added = input.list('upstream').map((text) => parseAssignment(text, upstreams))
  const removed = new Set(input.list('remove-upstream').map((text) => pick('upstream', text, upstreams).id))
  if (added.length === 0 && removed.size === 0) return undefined
  for (const { upstreamId } of added) removed.add(upstreamId)
  return [...pool.assignments.filter((row) => !removed.has(row.upstreamId)), ...added]
}

/** A name may hold colons and numbers itself: the longest text that is a name wins. */
export function parseAssignment(text: string, upstreams: readonly Upstream[]): Assignment {
  const forms = splitsOf(text)
  const known = forms.find(({ name }) => upstreams.some((row) => isCalled(row, name)))
  const { name, priority, weight } = known ?? (forms.at(-1) as Split)
  return { upstreamId: pick('upstream', name, upstreams).id, priority, weight, enabled: true }
}

interface Split {
  readonly name: string
  readonly priority: number
  readonly weight: number
}

function splitsOf(text: string): Split[] {
  return [/^(.*)$/, /^(.*):(\d{1,4})$/, /^(.*):(\d{1,4}):(\d{1,4})$/].flatMap((form) => {
    const match = form.exec(text)
    return match === null
      ? []
      : [{ name: match[1] ?? '', priority: Number(match[2] ?? 1), weight: Number(match[3] ?? 1) }]
  })
}

function isCalled(row: Upstream, text: string): boolean {
  return row.id === text || row.name.toLowerCase() === text.trim().toLowerCase()
}

function assigned(pool: Pool, upstreams: readonly Upstream[]): string {
  const names = new Map(upstreams.map((row) => [row.id, row.name]))
  return pool.assignments
    .toSorted((a, b) => a.priority - b.priority)
    .map((row) => {
      const off = row.enabled ? '' : ' off'
      return `${names.get(row.upstreamId) ?? row.upstreamId} (priority ${row.priority}, weight ${row.weight}${off})`
    })
    .join(', ')
}

function describe(pool: Pool, upstreams: readonly Upstream[]): string {
  return facts([
    ['Pool', pool.name],
    ['Id', pool.id],
    ['Status', pool.status],
    ['Upstreams', assigned(pool, upstreams) || 'none: requests are refused until one is assigned'],
    ...describeModels(pool, upstreams),
  ])
}
