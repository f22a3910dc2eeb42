/** Whether a call came from the top frame of our own window on our own address. Nothing in the call itself is asked. */
import { isOwnPage } from './own-page.ts'

interface Frame {
  readonly url: string
  readonly parent: unknown
}

export interface Sender<Contents> {
  readonly sender: Contents
  /** Null for a frame that is gone already: it has no address to judge by. */
  readonly senderFrame: Frame | null
}

/** `page`: what our window shows; null while there is none. */
export function isOwnSender<Contents>({ sender, senderFrame }: Sender<Contents>, page: Contents | null): boolean {
  if (page === null || sender !== page || senderFrame === null) return false
  return senderFrame.parent === null && isOwnPage(senderFrame.url)
}
