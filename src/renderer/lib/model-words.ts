/** What a provider says of a model, as cells of a table: a dash where it says nothing. */
import type { ModelFacts } from '../../shared/models/model-facts.ts'
import { formatCount } from './format.ts'

export const modelFactHeads = [
  {
    text: 'Context, tokens',
    align: 'right',
    hint: 'What a request and its answer may hold together, as its provider says',
  },
  { text: 'Efforts', hint: 'Efforts of reasoning that it takes' },
  { text: 'Inputs', hint: 'What a request may hold' },
] as const

export interface ModelWords {
  readonly context: string
  readonly efforts: string
  readonly inputs: string
}

export function modelWords(facts: Pick<ModelFacts, 'contextWindow' | 'efforts' | 'inputs'> | null): ModelWords {
  const list = (words: readonly string[] | undefined) =>
    words === undefined || words.length === 0 ? '–' : words.join(', ')
  const context = facts?.contextWindow ?? null
  return {
    context: context === null ? '–' : formatCount(context),
    efforts: list(facts?.efforts),
    inputs: list(facts?.inputs),
  }
}
