import { ConfigError, type ConfigProblem } from '../errors.ts'
import { formatAddress } from './address.ts'
import { digestFile, type LoadedFile } from './files.ts'
import type { LoadedConfig } from './load.ts'
import type { Address, ListenConfig } from './types.ts'

export interface WatchOptions {
  /** What is in force at the start. */
  readonly current: LoadedConfig
  /** As at the start: throws {@link ConfigError} for what cannot be used. */
  readonly load: () => LoadedConfig
  /** A new version is in force. */
  readonly onChange: (loaded: LoadedConfig) => void
  /**
   * A new version cannot be used and the old one stays: a {@link ConfigError}, or whatever `onChange`
   * threw. Called once for each distinct message in a row.
   */
  readonly onError: (error: Error) => void
  /** Milliseconds between two looks at the files. Default 5000; 0: only {@link ConfigWatcher.poll} looks. */
  readonly intervalMs?: number
  /** Default: reads the file. */
  readonly digest?: (file: string) => string
}

export interface ConfigWatcher {
  /** Looks at the files now. */
  readonly poll: () => void
  readonly close: () => void
}

/**
 * Loads everything again when any file that was read has changed, or while the last attempt failed.
 * It compares content and does not listen for events: Kubernetes changes a mounted volume by pointing
 * a link elsewhere, which watchers of files do not see.
 */
export function watchConfig(options: WatchOptions): ConfigWatcher {
  const { load, onChange, onError, intervalMs = 5000, digest = digestFile } = options
  let current = options.current
  let files: readonly LoadedFile[] = current.files
  let broken: string | undefined

  const poll = () => {
    const changed = files.some((file) => digest(file.file) !== file.digest)
    if (!changed && broken === undefined) return
    try {
      const loaded = load()
      const problems = restartProblems(current, loaded)
      if (problems.length > 0) throw new ConfigError(problems)
      // Restored after a broken version, it is what is in force already.
      if (!sameFiles(current.files, loaded.files)) onChange(loaded)
      current = loaded
      files = loaded.files
      broken = undefined
    } catch (error) {
      // Also what nobody foresaw: a timer that throws would end the service.
      const failure = error instanceof Error ? error : new Error(String(error))
      if (failure.message === broken) return
      broken = failure.message
      onError(failure)
    }
  }
  const timer = intervalMs > 0 ? setInterval(poll, intervalMs) : undefined
  timer?.unref()
  return { poll, close: () => clearInterval(timer) }
}

function sameFiles(before: readonly LoadedFile[], after: readonly LoadedFile[]): boolean {
  const digests = new Map(before.map(({ file, digest }) => [file, digest]))
  return (
    before.length === after.length &&
    after.every(({ file, digest }) => digests.get(file) === digest)
  )
}

/** Ports are opened once, at the start. */
function restartProblems(before: LoadedConfig, after: LoadedConfig): readonly ConfigProblem[] {
  return (['grpc', 'http', 'pages', 'admin', 'tls'] as const)
    .filter((key) => shown(before.config.listen, key) !== shown(after.config.listen, key))
    .map((key) => ({
      file: after.file,
      ...after.locate(`listen.${key}`),
      path: `listen.${key}`,
      message: `restart needed: it was ${shown(before.config.listen, key)} at the start and is now ${shown(after.config.listen, key)}`,
    }))
}

function shown(listen: ListenConfig, key: 'grpc' | 'http' | 'pages' | 'admin' | 'tls'): string {
  if (key === 'tls')
    return listen.tls === undefined
      ? 'off'
      : `on${listen.tls.clientCA === undefined ? '' : ' with clientCAFile'}`
  const address: Address | undefined = listen[key]
  return address === undefined ? 'absent' : formatAddress(address)
}
