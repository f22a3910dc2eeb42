/** A client protocol that the gateway reads and writes. Embeddings has no stream and its own usage shape. */
export type Dialect = 'chat' | 'responses' | 'embeddings'
