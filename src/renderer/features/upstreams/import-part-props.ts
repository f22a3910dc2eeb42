/** What the ways of importing an account have in common. */

/** What is imported, without what it becomes. */
export type Imported =
  | { readonly source: 'home' }
  | { readonly source: 'text'; readonly text: string }
  | { readonly source: 'token'; readonly token: string }

export interface ImportPartProps {
  readonly blockedBy: string | null
  readonly isSending: boolean
  readonly onImport: (imported: Imported) => void
}
