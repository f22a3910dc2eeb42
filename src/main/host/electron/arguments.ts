/**
 * Weir's own flags out of the command line that Electron was started with: Electron's program, the app's folder when it
 * is not packaged, and switches that belong to Chromium stand there too. Anything else is left in, so that a misspelt
 * flag is still an error.
 */
const foreign = [
  /^--(no-sandbox|disable-gpu|disable-gpu-sandbox|disable-dev-shm-usage|in-process-gpu|enable-logging)$/,
  /^--(inspect|inspect-brk|inspect-port|remote-debugging-port|remote-debugging-pipe|log-file|v|vmodule)(=|$)/,
  /^--(ozone-platform|ozone-platform-hint|enable-features|disable-features|force-device-scale-factor|lang)=/,
  /^--(use-gl|password-store|js-flags|original-process-start-time|gtk-version|class|user-data-dir)=/,
  /^--(enable-wayland-ime|allow-file-access-from-files|force-renderer-accessibility|high-dpi-support)(=|$)/,
  /^-psn_/,
]

export function ownArguments(argv: readonly string[], isPackaged: boolean, appPath: string): string[] {
  const rest = argv.slice(1)
  const app = isPackaged ? -1 : rest.findIndex((argument) => argument === appPath || argument === '.')
  return rest.filter((argument, at) => at !== app && !foreign.some((pattern) => pattern.test(argument)))
}
