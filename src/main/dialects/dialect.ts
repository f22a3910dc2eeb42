/** A client protocol that the gateway reads and writes. Embeddings has no stream and its own usage shape. */
export type Dialect = 'chat' | 'responses' | 'embeddings'

/**
 * What passes as it came: of the request only the model is read, of the answer only the usage. `image_forms` are edits
 * that come as a form, which not everybody takes; `dictation` and `native_files` are ChatGPT's own.
 */
export type PlainName =
  | 'compact'
  | 'search'
  | 'images'
  | 'image_edits'
  | 'image_forms'
  | 'transcriptions'
  | 'dictation'
  | 'files'
  | 'native_files'

/** What tells requests apart in routing and health: an upstream may serve one and fail at another. */
export type RouteFamily = Dialect | PlainName
