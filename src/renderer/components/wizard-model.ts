import type { ReactNode } from 'react'

export interface Problem {
  /** Says what to do: "Give the key a name." */
  readonly message: string
  /** The id of the field, which the summary leads to. */
  readonly fieldId?: string
}

export interface WizardStep {
  readonly id: string
  readonly label: string
  readonly content: ReactNode
  readonly problems: readonly Problem[]
  /** Named but not to be entered: its place is kept for later. */
  readonly unavailable?: string
}
