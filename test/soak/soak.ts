/** Keeps streams open for a time, speaks through them, is silent for long, and speaks again. */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Stream } from './stream.ts'

/** How a stream came through. */
export interface StreamResult extends Pick<Stream, 'name' | 'transport' | 'protocol'> {
  /** What has come out of it. */
  readonly arrived: number
  /** What has not, in time. */
  readonly missing: number
  readonly medianMs: number
  readonly slowestMs: number
  /** The longest time in which nothing came, in seconds. */
  readonly silenceSeconds: number
  /** Why it was open no more at the end; undefined when it was. */
  readonly cut: string | undefined
}

/** What {@link soak} keeps open, and for how long. */
export interface SoakOptions {
  readonly streams: readonly Stream[]
  /** Of the kubelet, whose logs are silent while there is a file `quiet` in it. */
  readonly kubeletFolder: string
  /** From the first word to the last. */
  readonly durationMs: number
  /** Milliseconds between words. Default: 1000. */
  readonly everyMs?: number
}

/** What takes longer than that was held up somewhere. Milliseconds. */
export const promptMs = 2_000

/** The share of the time in which nobody speaks: of ten minutes, more than Envoy's five by default. */
const silentShare = 0.6

/** Speaks through all streams for two fifths of the time, with all of the silence in between. */
export async function soak(options: SoakOptions): Promise<readonly StreamResult[]> {
  const { streams, kubeletFolder, durationMs, everyMs = 1_000 } = options
  const startedAt = performance.now()
  let count = 0
  const speakUntil = async (endMs: number) => {
    while (performance.now() - startedAt < endMs) {
      count += 1
      await Promise.all(
        streams.map(async ({ send, transport }) => send(`word-${count}-${transport}`)),
      )
      await delay(everyMs)
    }
  }
  const quiet = join(kubeletFolder, 'quiet')
  const silenceStartsMs = (durationMs * (1 - silentShare)) / 2
  await speakUntil(silenceStartsMs)
  await writeFile(quiet, '')
  await delay(durationMs * silentShare)
  await rm(quiet)
  await speakUntil(durationMs)
  await delay(promptMs)
  return streams.map(resultOf)
}

function resultOf({ name, transport, protocol, marks, cut }: Stream): StreamResult {
  const delays = marks.delaysMs().toSorted((one, other) => one - other)
  return {
    name,
    transport,
    protocol,
    arrived: delays.length,
    missing: marks.missing(),
    medianMs: delays[Math.floor(delays.length / 2)] ?? Number.NaN,
    slowestMs: delays.at(-1) ?? Number.NaN,
    silenceSeconds: marks.longestSilenceMs() / 1000,
    cut: cut(),
  }
}

/** What is wrong with a result, in words; undefined for one that is as it must be. */
export function fault(result: StreamResult, durationMs: number): string | undefined {
  const { arrived, missing, slowestMs, silenceSeconds, cut } = result
  if (cut !== undefined) return `was cut: ${cut}`
  if (missing > 0) return `lost ${missing} of ${arrived + missing}`
  if (arrived === 0) return 'carried nothing'
  if (slowestMs > promptMs) return `took ${slowestMs.toFixed(0)} ms`
  if (silenceSeconds * 1000 < durationMs * silentShare) return 'was never silent'
  return undefined
}
