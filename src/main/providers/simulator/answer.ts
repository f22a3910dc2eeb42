/**
 * Decides what the simulator says, in no client's dialect yet: some words, one tool call, the receipt of a tool's
 * output, or a compaction. The same request and behaviour give the same answer.
 */
import type { SimulatorBehaviour } from '../../../shared/models/upstream.ts'
import { estimateTokens, type Prompt, type Tool } from './prompt.ts'
import { piecesOf, wordsOf } from './random.ts'
import { argumentsFor } from './tool-arguments.ts'

interface AnswerUsage {
  readonly input: number
  readonly cached: number
  /** Contains `reasoning`. */
  readonly output: number
  readonly reasoning: number
}

type AnswerContent =
  | { readonly kind: 'text'; readonly pieces: readonly string[]; readonly isCut: boolean }
  | { readonly kind: 'tool'; readonly tool: Tool; readonly input: string }
  | { readonly kind: 'compaction' }

export interface Answer {
  /** Ids are made of it. */
  readonly seed: string
  readonly content: AnswerContent
  readonly usage: AnswerUsage
}

/** Fixed, so that answers repeat to the byte. */
export const CREATED = 1_750_000_000

/** Which tool an agent most likely runs without asking. */
const preferredTools = ['shell', 'exec_command', 'bash', 'local_shell', 'shell_command']

const reasoningTokens: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 8,
  low: 16,
  medium: 32,
  high: 64,
  xhigh: 128,
  max: 256,
  ultra: 512,
}

/** What a model can do shows in its name, so that an operator may list others than the default ones. */
export function isReasoningModel(model: string): boolean {
  return model.includes('reasoning')
}

export function isEmbeddingModel(model: string): boolean {
  return model.includes('embedding')
}

export function answerTo(prompt: Prompt, model: string, behaviour: SimulatorBehaviour): Answer {
  const content = contentFor(prompt, model, behaviour)
  const reasoning = isReasoningModel(model) ? (reasoningTokens[prompt.effort ?? 'medium'] ?? 32) : 0
  const spoken = spokenTokens(content)
  const usage = { input: prompt.inputTokens, cached: cachedTokens(prompt.inputTokens), output: spoken + reasoning }
  return { seed: prompt.seed, content, usage: { ...usage, reasoning } }
}

/** Like the real thing: from 1,024 tokens up, in steps of 128; here half of the input is taken as seen before. */
function cachedTokens(input: number): number {
  return input < 1_024 ? 0 : Math.floor(input / 2 / 128) * 128
}

function spokenTokens(content: AnswerContent): number {
  if (content.kind === 'text') return content.pieces.length
  return content.kind === 'tool' ? estimateTokens(content.input.length) : 16
}

function contentFor(prompt: Prompt, model: string, behaviour: SimulatorBehaviour): AnswerContent {
  if (prompt.wantsCompaction) return { kind: 'compaction' }
  const tool = chooseTool(prompt, model)
  if (tool !== undefined) return { kind: 'tool', tool, input: inputFor(tool) }
  const pieces = textFor(prompt, behaviour)
  const limit = prompt.maxOutputTokens ?? pieces.length
  return { kind: 'text', pieces: pieces.slice(0, Math.max(limit, 1)), isCut: limit < pieces.length }
}

function textFor(prompt: Prompt, behaviour: SimulatorBehaviour): string[] {
  if (prompt.outputSchema !== null) return piecesOf(JSON.stringify(argumentsFor(prompt.outputSchema)))
  const echo = /say:\s*(\S[\s\S]*)/.exec(prompt.userText)?.[1]
  if (prompt.toolOutputLength !== null) {
    return piecesOf(`The tool's output was received: ${prompt.toolOutputLength} characters.`)
  }
  return echo === undefined ? wordsOf(prompt.seed, behaviour.words) : piecesOf(echo)
}

function chooseTool(prompt: Prompt, model: string): Tool | undefined {
  if (prompt.toolChoice === 'none' || prompt.toolOutputLength !== null) return undefined
  if (typeof prompt.toolChoice === 'object') {
    const { name } = prompt.toolChoice
    return prompt.tools.find((tool) => tool.name === name)
  }
  const isAsked = prompt.toolChoice === 'required' || model.includes('tools') || prompt.userText.includes('tool-call')
  if (!isAsked) return undefined
  const functions = prompt.tools.filter((tool) => tool.kind === 'function')
  for (const name of preferredTools) {
    const tool = functions.find((each) => each.name === name)
    if (tool !== undefined) return tool
  }
  return functions[0] ?? prompt.tools[0]
}

function inputFor(tool: Tool): string {
  return tool.kind === 'custom' ? 'echo weir-simulator' : JSON.stringify(argumentsFor(tool.parameters))
}
