/** What the command palette can do beyond going to places. A page adds its own while it is on screen. */
import { useEffect } from 'react'
import { createRegistry, useRegistry } from './registry.ts'

export interface Command {
  /** Unique: `pool.create`. */
  readonly id: string
  /** What it does, as a verb: "Create a Pool". */
  readonly label: string
  readonly description?: string
  readonly keywords?: string
  readonly run: () => void
}

const registry = createRegistry<Command>()

export function useRegisteredCommands(): readonly Command[] {
  return useRegistry(registry)
}

/** Pass a list that is the same between renders (`useMemo`), or the palette is rebuilt with each. */
export function useCommands(commands: readonly Command[]): void {
  useEffect(() => {
    const removals = commands.map((command) => registry.add(command))
    return () => removals.forEach((remove) => remove())
  }, [commands])
}
