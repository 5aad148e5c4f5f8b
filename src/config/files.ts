import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'

/** A file as it was when it was read. */
export interface LoadedFile {
  /** Absolute. */
  readonly file: string
  /** Of its content, or of the reason why it could not be read; see {@link digestFile}. */
  readonly digest: string
}

/** Why is for a message: "no such file". It never holds the name, which might be a secret itself. */
export type FileText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly why: string }

/** Reads files relative to one folder, and remembers which, so that they can be watched. */
export interface Files {
  readonly read: (name: string) => FileText
  readonly readBytes: (name: string) => FileBytes
  readonly loaded: () => readonly LoadedFile[]
}

/** A ConfigMap or Secret cannot be larger either. */
const maxFileBytes = 1_048_576

export function createFiles(folder: string): Files {
  const loaded = new Map<string, string>()
  const open = (name: string): FileBytes => {
    const file = resolve(folder, name)
    const content = readBytes(file)
    loaded.set(file, digest(content))
    return content
  }
  return {
    read: (name) => {
      const content = open(name)
      return content.ok ? decode(content.bytes) : content
    },
    readBytes: open,
    loaded: () => [...loaded].map(([file, sum]) => ({ file, digest: sum })),
  }
}

/**
 * What {@link LoadedFile} remembers, as it is now. It follows links, because Kubernetes changes a
 * mounted volume by pointing a link elsewhere.
 */
export function digestFile(file: string): string {
  return digest(readBytes(file))
}

/** As {@link FileText}, undecoded. */
export type FileBytes =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly why: string }

function readBytes(file: string): FileBytes {
  try {
    const stats = statSync(file)
    // Opening a pipe would wait for its writer.
    if (!stats.isFile()) return { ok: false, why: 'it is not a regular file' }
    if (stats.size > maxFileBytes) return { ok: false, why: 'it is larger than 1 MiB' }
    const bytes = readFileSync(file)
    if (bytes.length > maxFileBytes) return { ok: false, why: 'it is larger than 1 MiB' }
    return { ok: true, bytes }
  } catch (error) {
    return { ok: false, why: reasonOf(error) }
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file'
  if (code === 'EACCES' || code === 'EPERM') return 'it is not permitted to read it'
  if (code === 'ENAMETOOLONG') return 'its name is too long; did the content get here?'
  return code === 'ERR_INVALID_ARG_VALUE'
    ? 'its name is not possible'
    : `reading failed with ${code}`
}

function digest(content: FileBytes): string {
  return content.ok ? createHash('sha256').update(content.bytes).digest('hex') : content.why
}

function decode(bytes: Buffer): FileText {
  try {
    // Drops a byte order mark, which editors on Windows write.
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { ok: false, why: 'it is not UTF-8 text' }
  }
}
