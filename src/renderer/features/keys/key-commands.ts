import { useMemo } from 'react'
import { useNavigate } from 'react-router'
import type { PoolKey } from '../../../shared/models/key.ts'
import { useCommands, type Command } from '../../lib/commands.ts'
import { useKeyActs } from './key-acts.tsx'

/** What the palette can do to the key that is open. */
export function useKeyCommands(key: PoolKey): void {
  const acts = useKeyActs()
  const navigate = useNavigate()
  const commands = useMemo<readonly Command[]>(() => {
    const act = (verb: string, run: () => void): Command => ({
      id: `key.${verb}`,
      label: `${verb} the key ${key.name}`,
      description: key.prefix,
      run,
    })
    const whileValid = [
      act('Edit', () => void navigate(`/keys/${key.id}/edit`)),
      act('Make a token of', () => void navigate(`/keys/${key.id}/tokens/new`)),
      act('Rotate', () => acts.rotate(key)),
      ...(key.previous === null ? [] : [act('End the grace of', () => acts.endGrace(key))]),
      act('Revoke', () => acts.revoke(key)),
    ]
    return [
      ...(key.status === 'revoked' ? [] : whileValid),
      act('Show the tokens of', () => void navigate(`/keys/${key.id}/tokens`)),
      act('Duplicate', () => acts.duplicate(key)),
      act('Delete', () => acts.remove(key)),
    ]
  }, [key, acts, navigate])
  useCommands(commands)
}
