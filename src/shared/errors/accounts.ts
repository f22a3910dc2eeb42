import type { ErrorSpec } from './spec.ts'

const AGAIN = 'Start the sign-in again.'
const PASTE = 'Copy the whole address from the browser, after it was sent back to localhost, and paste it again.'

/** What is said of signing in to ChatGPT accounts, to the operator only. */
export const accountErrors = {
  account_flow_over: {
    status: 409,
    retry: 'never',
    meaning: 'The sign-in is not waiting any more: it was finished, cancelled or failed.',
    next: AGAIN,
  },
  account_flow_expired: {
    status: 409,
    retry: 'never',
    meaning: 'The sign-in was not finished within 10 minutes.',
    next: AGAIN,
  },
  account_flow_limit: {
    status: 429,
    retry: 'later',
    meaning: 'As many sign-ins as may run at the same time are waiting already.',
    next: 'Finish or cancel one of them, or wait until they end.',
  },
  callback_url_invalid: {
    status: 400,
    retry: 'never',
    meaning: 'What was pasted is not the address that a sign-in ends at.',
    next: PASTE,
  },
  callback_origin_invalid: {
    status: 400,
    retry: 'never',
    meaning: 'The pasted address does not lead to the place that this sign-in ends at.',
    next: PASTE,
  },
  callback_param_duplicate: {
    status: 400,
    retry: 'never',
    meaning: 'The pasted address says something twice.',
    next: PASTE,
  },
  callback_state_missing: {
    status: 400,
    retry: 'never',
    meaning: 'The pasted address does not say which sign-in it belongs to.',
    next: PASTE,
  },
  callback_state_wrong: {
    status: 400,
    retry: 'never',
    meaning: 'The address belongs to another sign-in.',
    next: 'Use the address of the newest sign-in, or start again.',
  },
  callback_result_missing: {
    status: 400,
    retry: 'never',
    meaning: 'The pasted address holds neither a code nor a refusal.',
    next: PASTE,
  },
  account_denied: {
    status: 403,
    retry: 'never',
    meaning: 'The provider ended the sign-in without an account: it was cancelled there, or is not allowed.',
    next: 'Sign in again and allow it, or ask the administrator of the workspace.',
  },
  account_exchange_failed: {
    status: 502,
    retry: 'never',
    meaning: 'The provider did not give tokens for the sign-in.',
    next: AGAIN,
  },
  account_device_disabled: {
    status: 403,
    retry: 'never',
    meaning: 'The provider does not offer sign-in by device code here.',
    next: 'Switch device codes for Codex on in the security settings of ChatGPT, or sign in by browser.',
  },
  account_unreachable: {
    status: 502,
    retry: 'later',
    meaning: 'The provider could not be reached, or did not answer as it should.',
    next: 'Check the network and the proxy, then try again.',
  },
  account_ids_missing: {
    status: 400,
    retry: 'never',
    meaning: 'The tokens do not say which ChatGPT account they belong to.',
    next: 'Sign in with an account that has a ChatGPT plan.',
  },
  account_exists: {
    status: 409,
    retry: 'never',
    meaning: 'This account is an upstream already.',
    next: 'Use that upstream; where it needs a new sign-in, sign it in again.',
  },
  account_mismatch: {
    status: 409,
    retry: 'never',
    meaning: 'Another account was signed in than the upstream holds. Nothing was changed.',
    next: 'Sign in with the account of this upstream, or add the other one as an upstream of its own.',
  },
  account_not_signed_in: {
    status: 409,
    retry: 'never',
    meaning: 'This upstream is no ChatGPT account, so there is nothing to sign in to.',
    next: 'Replace its secret instead.',
  },
  auth_file_invalid: {
    status: 400,
    retry: 'never',
    meaning: 'The text is not an auth.json of Codex.',
    next: 'Give the whole file `auth.json` from the Codex home.',
  },
  auth_file_missing: {
    status: 404,
    retry: 'never',
    meaning: 'There is no auth.json that can be read in the Codex home of this machine.',
    next: 'Sign in with Codex first, set CODEX_HOME, or sign in here.',
  },
  auth_file_api_key: {
    status: 400,
    retry: 'never',
    meaning: 'The auth.json holds an API key and no ChatGPT account.',
    next: 'Add an upstream of kind openai with that key.',
  },
  auth_file_access_token: {
    status: 400,
    retry: 'never',
    meaning: 'The auth.json holds an access token of a person or agent and no signed-in account.',
    next: 'Add that token by itself, as a business access token.',
  },
  auth_file_expired: {
    status: 400,
    retry: 'never',
    meaning: 'The access token of the auth.json has expired, and the file has nothing to renew it with.',
    next: 'Sign in with Codex again and import the new file, or sign in here.',
  },
  auth_file_incomplete: {
    status: 400,
    retry: 'never',
    meaning: 'The auth.json lacks a token or the id of its account.',
    next: 'Sign in with Codex again and import the new file, or sign in here.',
  },
  account_token_invalid: {
    status: 400,
    retry: 'never',
    meaning: 'The provider does not know this business access token, or it is none.',
    next: 'Copy the token again, whole: it begins with at-.',
  },
  account_sign_in_required: {
    status: 401,
    retry: 'never',
    meaning: 'The provider does not renew the tokens of the account any more.',
    next: 'Sign the upstream in again.',
  },
} as const satisfies Record<string, ErrorSpec>
