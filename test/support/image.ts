/**
 * The files of the image, made from the Dockerfile without a container engine: each stage is a folder
 * that stands for its WORKDIR. Only what a Dockerfile of this repository needs is understood, and
 * anything else is an error, so that nothing is passed over.
 */
import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, symlink } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What the image would be. */
export interface Image {
  /** Its WORKDIR with everything that was copied there. */
  readonly folder: string
  /** Base images of all stages. */
  readonly from: readonly string[]
  readonly user: string
  readonly entrypoint: readonly string[]
  readonly exposed: readonly number[]
  /** Paths of the build context that it copies. */
  readonly context: readonly string[]
  /** What runs in the last stage; not run here, as it would change this machine. */
  readonly lastRun: readonly string[]
}

const workdir = '/app'

/** What the same lock file installs is in the repository already: test/support/set-up.mjs saw to it. */
const installsEverything = /^npm ci (?!.*--omit)/

/** Builds the image of `repository` below `target`, a folder that exists and is empty. */
export async function buildImage(repository: string, target: string): Promise<Image> {
  const stages = stagesOf(await readFile(join(repository, 'Dockerfile'), 'utf8'))
  const folders = new Map<string, string>()
  const context: string[] = []
  for (const [index, stage] of stages.entries()) {
    const folder = join(target, String(index))
    await mkdir(folder)
    folders.set(stage.name, folder)
    for (const [instruction, argument] of stage.instructions) {
      if (instruction === 'COPY') {
        const { from, sources, destination } = copyOf(argument)
        const base = from === undefined ? repository : folders.get(from)
        if (base === undefined) throw new Error(`Cannot copy from stage "${from}": there is none`)
        if (from === undefined) context.push(...sources)
        for (const source of sources) {
          const path = from === undefined ? source : relative(workdir, source)
          // As Docker does: a folder's content goes into the destination, a file goes below `./`.
          const to = destination === './' ? join(folder, path) : join(folder, destination)
          await cp(join(base, path), to, { recursive: true, verbatimSymlinks: true })
        }
      } else if (instruction === 'RUN' && index < stages.length - 1) {
        if (installsEverything.test(argument)) {
          await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'))
        } else await run('/bin/sh', ['-c', argument], { cwd: folder })
      }
    }
  }
  const last = stages.at(-1)
  if (last === undefined) throw new Error('Cannot build an image: the Dockerfile has no stage')
  const all = (wanted: string) =>
    last.instructions.filter(([name]) => name === wanted).map(([, argument]) => argument)
  return {
    folder: join(target, String(stages.length - 1)),
    from: stages.map(({ from }) => from),
    user: all('USER').at(-1) ?? '',
    entrypoint: JSON.parse(all('ENTRYPOINT').at(-1) ?? '[]') as readonly string[],
    exposed: all('EXPOSE').flatMap((ports) => ports.split(' ').map(Number)),
    context,
    lastRun: all('RUN'),
  }
}

type Instruction = readonly [name: string, argument: string]

interface Stage {
  readonly name: string
  readonly from: string
  readonly instructions: Instruction[]
}

const known = new Set(['WORKDIR', 'COPY', 'RUN', 'USER', 'EXPOSE', 'ENTRYPOINT', 'CMD'])

function stagesOf(dockerfile: string): readonly Stage[] {
  const stages: Stage[] = []
  for (const line of dockerfile.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const [, name = '', argument = ''] = /^([A-Z]+) (.+)$/.exec(line) ?? []
    if (name === 'FROM') {
      const [from = '', , stage = `stage ${stages.length}`] = argument.split(' ')
      stages.push({ name: stage, from, instructions: [] })
    } else if (known.has(name) && (name !== 'WORKDIR' || argument === workdir)) {
      stages.at(-1)?.instructions.push([name, argument])
    } else {
      throw new Error(`Cannot understand the Dockerfile: "${line}"`)
    }
  }
  return stages
}

function copyOf(argument: string) {
  const words = argument.split(' ')
  const from = words[0]?.startsWith('--from=') === true ? words.shift()?.slice(7) : undefined
  const destination = words.pop() ?? ''
  return { from, sources: words, destination }
}
