/** The programs that the runner starts or loads into others. Whole URLs, so that tools see who uses these files. */
import { fileURLToPath } from 'node:url'

const path = (url: URL) => fileURLToPath(url)

export const programs = {
  upstream: path(new URL('./upstream.ts', import.meta.url)),
  load: path(new URL('./load.ts', import.meta.url)),
  bareProxy: path(new URL('./bare-proxy.ts', import.meta.url)),
  portkeyShim: path(new URL('./portkey-shim.ts', import.meta.url)),
  chaosUpstreams: path(new URL('./chaos/upstreams.ts', import.meta.url)),
  chaosCore: path(new URL('./chaos/core.ts', import.meta.url)),
  cpuProbe: path(new URL('./cpu-probe.ts', import.meta.url)),
  socketRelay: path(new URL('./socket-relay.ts', import.meta.url)),
  socketWeir: path(new URL('./socket-weir.ts', import.meta.url)),
}
