import type { ErrorSpec } from './spec.ts'

/**
 * What an LLM client can be answered, and what only the request log says.
 *
 * `status` is what most clients get. `codexStatus` is what Codex gets where it differs: Codex sends a request that was
 * refused with 401, 403, 404, 405, 409, 413, 415 or 422 six times and with 5xx thirty times, but stops at once on 400,
 * and waits on a 429 that carries Retry-After. `retry` says whether the same request may succeed later without a change:
 * 'never' is answered with `x-should-retry: false`, 'later' with Retry-After.
 */
export const gatewayErrors = {
  // Client credential
  api_key_missing: {
    status: 401,
    codexStatus: 400,
    retry: 'never',
    meaning: 'The request carried no Pool API key.',
    next: 'Send the key as `Authorization: Bearer sk-weir-…`, `x-api-key` or `api-key`.',
  },
  api_key_malformed: {
    status: 401,
    codexStatus: 400,
    retry: 'never',
    meaning: 'The key is not a complete Weir key: its form or its checksum is wrong, so it was mistyped or cut.',
    next: 'Copy the key again, whole. If it is lost, rotate it.',
  },
  api_key_unknown: {
    status: 401,
    codexStatus: 400,
    retry: 'never',
    meaning: 'The key is well formed but opens nothing here: it was rotated, deleted, or belongs to another Weir.',
    next: 'Check that the base URL and the key belong together, or create a new key.',
  },
  api_key_paused: {
    status: 403,
    codexStatus: 400,
    retry: 'never',
    meaning: 'The operator has paused this key.',
    next: 'Resume the key, or use another one.',
  },
  api_key_revoked: {
    status: 401,
    codexStatus: 400,
    retry: 'never',
    meaning: 'The key was revoked, which is final.',
    next: 'Create a new key and give it to the client.',
  },
  api_key_expired: {
    status: 401,
    codexStatus: 400,
    retry: 'never',
    meaning: 'The key is past its expiry time.',
    next: 'Extend the expiry, or create a new key.',
  },
  credentials_conflict: {
    status: 400,
    retry: 'never',
    meaning: 'Two headers of one request carried different keys.',
    next: 'Send one key, or the same key in both headers.',
  },
  ip_not_allowed: {
    status: 403,
    codexStatus: 400,
    retry: 'never',
    meaning: "The caller's address is not in the key's IP allowlist.",
    next: 'Add the address to the key, or call from an allowed one.',
  },
  pool_disabled: {
    status: 403,
    codexStatus: 400,
    retry: 'never',
    meaning: "The key's Pool is disabled or archived.",
    next: 'Enable the Pool, or use a key of another Pool.',
  },
  // Request
  host_not_allowed: {
    status: 403,
    codexStatus: 400,
    retry: 'never',
    meaning: 'The Host header names a host this gateway does not answer for (a guard against DNS rebinding).',
    next: 'Use 127.0.0.1 or localhost, or add the host name to the setting `gateway.allowedHosts`.',
  },
  origin_not_allowed: {
    status: 403,
    codexStatus: 400,
    retry: 'never',
    meaning: 'The request came from a web page. Browsers may not call the gateway.',
    next: 'Call from a program, or add the origin to the setting `gateway.allowedOrigins`.',
  },
  route_not_found: {
    status: 404,
    codexStatus: 400,
    retry: 'never',
    meaning: 'The gateway has no such path.',
    next: 'Check the base URL: most clients want it to end in `/v1`.',
  },
  method_not_allowed: {
    status: 405,
    codexStatus: 400,
    retry: 'never',
    meaning: 'The path exists, but not for this method.',
    next: 'Use the method named in the `Allow` header.',
  },
  websocket_unsupported: {
    status: 426,
    retry: 'never',
    meaning: 'The gateway does not speak WebSocket on this path.',
    next: 'Use HTTP streaming. Codex does so by itself after this answer.',
  },
  invalid_request: {
    status: 400,
    retry: 'never',
    meaning: 'The request is not one this route can take; the message names the field.',
    next: 'Correct the named field.',
  },
  invalid_json: {
    status: 400,
    retry: 'never',
    meaning: 'The request body is not a JSON object.',
    next: 'Send one JSON object with each field once.',
  },
  body_too_large: {
    status: 413,
    codexStatus: 400,
    retry: 'never',
    meaning:
      'The request body is larger than the setting `gateway.maxBodyBytes` allows, before or after decompression, or an upload larger than `gateway.maxUploadBytes`.',
    next: 'Send less, or raise the setting.',
  },
  compression_ratio_exceeded: {
    status: 413,
    codexStatus: 400,
    retry: 'never',
    meaning: 'The compressed body expands by more than the setting `gateway.maxCompressionRatio` allows.',
    next: 'Send the body uncompressed.',
  },
  unsupported_encoding: {
    status: 415,
    codexStatus: 400,
    retry: 'never',
    meaning: 'The body is in a content encoding other than gzip, deflate, br or zstd, or does not decode.',
    next: 'Send the body plain or in one of the named encodings.',
  },
  body_timeout: {
    status: 408,
    codexStatus: 400,
    retry: 'never',
    meaning: 'The request body did not arrive in time.',
    next: 'Check the connection, or raise the setting `gateway.bodyTimeoutMs`.',
  },
  // Policy
  model_not_allowed: {
    status: 403,
    codexStatus: 400,
    retry: 'never',
    meaning: "The key's model policy does not allow this model.",
    next: 'Use a model from `GET /v1/models`, or change the key.',
  },
  model_not_found: {
    status: 404,
    retry: 'never',
    meaning: 'No upstream of the Pool serves this model.',
    next: 'Use a model from `GET /v1/models`, refresh the model list, or add the id by hand.',
  },
  route_not_served: {
    status: 404,
    codexStatus: 400,
    retry: 'never',
    meaning: 'No upstream of the Pool is of a kind that serves this route.',
    next: 'Assign an upstream that does: docs/accounts.md says what ChatGPT accounts serve.',
  },
  file_not_found: {
    status: 404,
    codexStatus: 400,
    retry: 'never',
    meaning:
      'The key has no file of this id here: another key uploaded it, or it was long ago, or before the last start of Weir.',
    next: 'Upload the file again and use the new id.',
  },
  tool_choice_not_lite: {
    status: 400,
    retry: 'never',
    meaning: "The model is asked in Codex's lite form, in which `tool_choice` cannot name a tool.",
    next: 'Send `tool_choice` as a word or leave it out, or let the Pool ask the model in the full form.',
  },
  no_upstream_eligible: {
    status: 503,
    codexStatus: 400,
    retry: 'never',
    meaning: 'The Pool has no upstream that may serve this request; the log names the reason for each.',
    next: 'Assign, resume or repair an upstream of the Pool.',
  },
  no_upstream_ready: {
    status: 429,
    retry: 'later',
    meaning: 'Every upstream that could serve this request is cooling down after a failure.',
    next: 'Wait for the time in Retry-After.',
  },
  pool_out_of_quota: {
    status: 429,
    retry: 'later',
    meaning: 'Every account that could serve this request has used up its quota, by what its provider said last.',
    next: 'Wait for the time in Retry-After, or add another account to the Pool.',
  },
  pool_busy: {
    status: 429,
    retry: 'later',
    meaning:
      'The Pool, or every upstream that could serve the request, has as many requests as it may have, and there was no place in the queue in time.',
    next: 'Wait for the time in Retry-After, or raise the limits of the Pool and its upstreams.',
  },
  previous_response_not_found: {
    status: 400,
    retry: 'never',
    meaning:
      'The request goes on from an earlier response (`previous_response_id`), and the upstream that has it may not serve the request, or no upstream knows it.',
    next: 'Send the whole conversation, without `previous_response_id`. Codex does so by itself.',
  },
  file_owner_unavailable: {
    status: 429,
    retry: 'later',
    meaning: 'The upstream that has the files of the request is cooling down or busy, and no other one has them.',
    next: 'Wait for the time in Retry-After, or upload the files again.',
  },
  file_owner_gone: {
    status: 409,
    codexStatus: 400,
    retry: 'never',
    meaning: 'The upstream that has the files of the request may not serve it, or is not in the Pool any more.',
    next: 'Upload the files again and use the new ids, or bring that upstream back.',
  },
  file_owner_conflict: {
    status: 409,
    codexStatus: 400,
    retry: 'never',
    meaning: 'The request names files that are at different upstreams, so no single one can serve it.',
    next: 'Upload the files again in one go and use the new ids.',
  },
  gateway_busy: {
    status: 429,
    retry: 'later',
    meaning: 'The gateway already serves as many requests as the setting `gateway.maxConcurrentRequests` allows.',
    next: 'Wait for the time in Retry-After, or raise the setting.',
  },
  socket_limit_reached: {
    status: 429,
    codexStatus: 426,
    retry: 'later',
    meaning: 'As many WebSockets are open as the setting `gateway.maxSockets` allows.',
    next: 'Use HTTP streaming, which Codex does by itself after this answer, or raise the setting.',
  },
  socket_busy: {
    status: 429,
    retry: 'later',
    meaning: 'A WebSocket runs one turn at a time, and as many wait on this one as may.',
    next: 'Wait for the running turn to end before the next ones are sent, or open another WebSocket.',
  },
  accounting_unavailable: {
    status: 503,
    codexStatus: 429,
    retry: 'later',
    meaning: 'The request log cannot be written, so nothing new is admitted. The disk may be full.',
    next: 'Free disk space; the gateway recovers by itself.',
  },
  shutting_down: {
    status: 503,
    codexStatus: 429,
    retry: 'later',
    meaning: 'Weir is shutting down and takes no new requests.',
    next: 'Retry when it runs again.',
  },
  // Upstream
  upstream_unreachable: {
    status: 502,
    codexStatus: 429,
    retry: 'later',
    meaning: 'No connection to the upstream could be made.',
    next: 'Check the base URL, the proxy and the network.',
  },
  upstream_timeout: {
    status: 504,
    codexStatus: 429,
    retry: 'later',
    meaning: 'The upstream sent nothing for longer than the settings for the first byte or between bytes allow.',
    next: 'Retry, or raise `gateway.firstByteTimeoutMs` or `gateway.idleTimeoutMs`.',
  },
  upstream_reset: {
    status: 502,
    codexStatus: 429,
    retry: 'later',
    meaning: 'The upstream broke the connection before its answer was complete.',
    next: 'Retry. If it repeats, look at the upstream.',
  },
  upstream_rate_limited: {
    status: 429,
    retry: 'later',
    meaning: "The upstream account's own rate limit is reached.",
    next: 'Wait for the time in Retry-After, or add another upstream to the Pool.',
  },
  upstream_auth_failed: {
    status: 502,
    codexStatus: 400,
    retry: 'never',
    meaning: "The upstream refused the account's credential. The client's key is fine.",
    next: "Replace the upstream's secret.",
  },
  upstream_error: {
    status: 502,
    codexStatus: 429,
    retry: 'later',
    meaning: 'The upstream answered with a server error.',
    next: 'Retry. If it repeats, look at the upstream.',
  },
  upstream_rejected: {
    status: 400,
    retry: 'never',
    meaning: 'The upstream refused the request itself; its answer was passed on unchanged.',
    next: "Read the upstream's message.",
  },
  upstream_bad_response: {
    status: 502,
    codexStatus: 429,
    retry: 'later',
    meaning:
      'The upstream answered with something that is not a valid answer: wrong content type, broken JSON or events.',
    next: 'Check that the base URL is an API and not a web page.',
  },
  // Recorded in the log only: the client saw a broken connection or had gone
  client_closed: {
    status: 499,
    retry: 'never',
    meaning:
      'The client closed the connection or cancelled the turn before the answer was complete. Only the log says so.',
    next: 'Nothing to do, unless the time limit of the client is too short.',
  },
  cut_at_shutdown: {
    status: 503,
    retry: 'later',
    meaning: 'The request was still running when the time for a graceful shutdown was over. Only the log says so.',
    next: 'Raise `gateway.drainTimeoutMs`.',
  },
  interrupted: {
    status: 500,
    retry: 'later',
    meaning: 'Weir stopped while the request ran; it is charged with its reservation. Only the log says so.',
    next: 'Nothing to do.',
  },
} as const satisfies Record<string, ErrorSpec>
