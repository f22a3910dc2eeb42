/**
 * The nonce that the host put into this page, under which the style sheets made at run time are allowed. The libraries
 * that make them are told in the two ways they understand.
 */
export function readStyleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''
}

/** The scroll lock behind dialogs looks for this name. */
export function announceStyleNonce(nonce: string): void {
  Object.assign(globalThis, { __webpack_nonce__: nonce })
}
