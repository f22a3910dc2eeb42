/**
 * How each upstream fared since the start: its changes of state with time and reason, a bounded number of them, in memory.
 * Told by the health and the directory when something may have changed; the end of a rest, which nobody tells of, is
 * added when the next entry or a reader comes.
 */
import type { HealthEntry, UpstreamHealth, UpstreamHealthHistory } from '../../shared/models/upstream.ts'
import type { WritableDirectory } from '../gateway/directory.ts'
import type { HealthView } from '../gateway/health.ts'

export interface UpstreamHealthLog {
  of(id: string): UpstreamHealthHistory
}

export const MAX_ENTRIES = 100

interface Track {
  /** Oldest first. */
  readonly entries: HealthEntry[]
  since: number
}

function isSame(entry: HealthEntry | undefined, health: UpstreamHealth): boolean {
  return entry?.state === health.state && entry.reason === health.reason
}

export function createUpstreamHealthLog(deps: {
  readonly directory: Pick<WritableDirectory, 'onUpstreamChange' | 'upstream'>
  readonly health: Pick<HealthView, 'onRestChange'>
  readonly healthOf: (id: string) => UpstreamHealth
  readonly now: () => number
}): UpstreamHealthLog {
  const { directory, now } = deps
  const tracks = new Map<string, Track>()
  const startedAt = now()

  function add(track: Track, entry: HealthEntry): void {
    track.entries.push(entry)
    if (track.entries.length <= MAX_ENTRIES) return
    track.entries.shift()
    track.since = track.entries[0]?.at ?? track.since
  }

  function trackOf(id: string): Track {
    const track = tracks.get(id) ?? { entries: [], since: startedAt }
    tracks.set(id, track)
    return track
  }

  /** A rest that went on longer, or failed again for the same reason, is one entry with a later end. */
  function look(id: string): Track {
    const track = trackOf(id)
    const health = deps.healthOf(id)
    const last = track.entries.at(-1)
    if (last !== undefined && isSame(last, health) && (last.until === null || last.until > now())) {
      if (last.until !== health.until) track.entries[track.entries.length - 1] = { ...last, until: health.until }
      return track
    }
    if (last?.state === 'cooling_down' && last.until !== null && last.until <= now()) {
      add(track, { at: last.until, state: 'ready', reason: null, until: null })
    }
    const { state, reason, until } = health
    if (!isSame(track.entries.at(-1), health)) add(track, { at: now(), state, reason, until })
    return track
  }

  directory.onUpstreamChange((id) => {
    if (directory.upstream(id) === undefined) tracks.delete(id)
    else look(id)
  })
  deps.health.onRestChange((id) => {
    if (directory.upstream(id) !== undefined) look(id)
  })

  return {
    of(id) {
      const { entries, since } = look(id)
      return { current: deps.healthOf(id), history: entries.toReversed(), since }
    },
  }
}
