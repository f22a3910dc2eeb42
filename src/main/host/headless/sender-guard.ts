/**
 * Who may speak to the operator surface: a browser that was told our own address, from our own pages. A name that was
 * rebound to 127.0.0.1 shows in Host, another web page shows in Origin or Sec-Fetch-Site.
 */
import type { IncomingMessage } from 'node:http'
import { AppError } from '../../../shared/errors.ts'

const HOSTS = ['127.0.0.1', 'localhost', '[::1]']

export function checkSender(request: IncomingMessage, port: number): void {
  const authorities = HOSTS.flatMap((host) => (port === 80 ? [host, `${host}:80`] : [`${host}:${port}`]))
  if (!authorities.includes(request.headers.host ?? '')) {
    throw refused('the Host header does not name this address')
  }
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw refused('a page of another site sent it')
  }
  const origin = request.headers.origin
  if (origin === undefined || authorities.some((authority) => origin === `http://${authority}`)) return
  // Our pages send no referrer, and browsers then say `null` for the origin of a plain form. Scripts of other pages
  // cannot set Sec-Fetch-Site, so it speaks for the form.
  if (origin === 'null' && site === 'same-origin') return
  throw refused('a page of another origin sent it')
}

function refused(why: string): AppError {
  return new AppError('sender_not_allowed', `The call was refused: ${why}. Open the page by its sign-in link.`)
}
