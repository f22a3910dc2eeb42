/** What stands beside the turns of the ChatGPT stand-in: compaction, search, pictures, recordings, files. */
import type { ServerResponse } from 'node:http'

export const COMPACTED = {
  id: 'cmp_stand_in',
  object: 'response.compaction',
  output: [{ type: 'compaction', encrypted_content: 'sealed' }],
  usage: { input_tokens: 900, input_tokens_details: { cached_tokens: 100 }, output_tokens: 40, total_tokens: 940 },
}

export const PICTURES = {
  created: 1_778_832_973,
  data: [{ b64_json: 'aGk=' }],
  usage: { input_tokens: 17, output_tokens: 1_372, total_tokens: 1_389 },
}

const answers: Readonly<Record<string, object>> = {
  '/backend-api/codex/responses/compact': COMPACTED,
  '/backend-api/codex/alpha/search': { output: 'found', encrypted_output: 'sealed' },
  '/backend-api/codex/images/generations': PICTURES,
  '/backend-api/codex/images/edits': PICTURES,
  '/backend-api/transcribe': { text: 'recorded words' },
  '/backend-api/files': { status: 'success', file_id: 'file_stand_in', upload_url: 'https://files.invalid/put?sig=1' },
  '/backend-api/files/file_stand_in/uploaded': { status: 'success', download_url: 'https://files.invalid/get' },
}

/** False where it is none of these. */
export function answerPlain(response: ServerResponse, path: string): boolean {
  const answer = answers[path]
  if (answer === undefined) return false
  const body = JSON.stringify(answer)
  const headers = { 'content-type': 'application/json', 'content-length': body.length, 'x-codex-turn-state': 'state-2' }
  response.writeHead(200, { ...headers, 'set-cookie': '__cf_bm=of-the-account' }).end(body)
  return true
}
