import { execFile } from 'node:child_process'
import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { createBrotliDecompress } from 'node:zlib'
import { cached } from './cache.ts'

const run = promisify(execFile)

const version = '153.0.0'
const fontsVersion = '2.37.3'

/** A Chromium to start with `startChromium()`. */
export interface ChromiumBinary {
  readonly file: string
  /** What it needs in its environment: its libraries, and the fonts that every machine renders with. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * A headless Chromium that needs neither root nor libraries nor fonts of the machine: the one that npm
 * `@sparticuz/chromium` packs for places that have nothing. Linux on x64 alone.
 */
export async function chromiumBinary(): Promise<ChromiumBinary> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`no Chromium is packed for ${process.platform} ${process.arch}`)
  }
  const root = await cached(
    `chromium-${version}-fonts-${fontsVersion}-linux-x64`,
    async (folder) => {
      const target = join(folder, 'chromium')
      await mkdir(join(target, 'fonts'), { recursive: true })
      const packed = join(await unpack(folder, `@sparticuz/chromium@${version}`), 'bin')
      await decompress(join(packed, 'chromium.br'), join(target, 'chromium'))
      await chmod(join(target, 'chromium'), 0o755)
      for (const name of ['al2023', 'fonts', 'swiftshader']) {
        await decompress(join(packed, `${name}.tar.br`), join(folder, `${name}.tar`))
        await run('tar', ['-xf', join(folder, `${name}.tar`), '-C', target])
      }
      await rm(packed, { recursive: true })
      // Open Sans has no arrows and ticks, nor a fixed width.
      const fonts = join(await unpack(folder, `dejavu-fonts-ttf@${fontsVersion}`), 'ttf')
      for (const file of (await readdir(fonts)).filter((name) => wantedFont.test(name))) {
        await rename(join(fonts, file), join(target, 'fonts', file))
      }
      await writeFile(join(target, 'fonts.conf'), fontConfiguration)
      return target
    },
  )
  return {
    file: join(root, 'chromium'),
    env: { LD_LIBRARY_PATH: join(root, 'lib'), FONTCONFIG_FILE: join(root, 'fonts.conf') },
  }
}

const wantedFont = /^DejaVuSans(Mono)?(-Bold)?\.ttf$/

/** The folder of a package's files, unpacked. */
async function unpack(folder: string, spec: string): Promise<string> {
  const pack = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder, spec]
  const { stdout } = await run('npm', pack, { cwd: folder })
  const archive = join(folder, stdout.trim())
  const target = `${archive}.d`
  await mkdir(target)
  await run('tar', ['-xzf', archive, '-C', target])
  await rm(archive)
  return join(target, 'package')
}

async function decompress(from: string, to: string): Promise<void> {
  await pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to))
}

const alias = (family: string, font: string) =>
  `<alias binding="strong">
    <family>${family}</family>
    <prefer><family>${font}</family></prefer>
  </alias>`

/** Only the fonts that came along, so that a page looks alike on every machine. */
const fontConfiguration = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  ${alias('sans-serif', 'Open Sans')}
  ${alias('system-ui', 'Open Sans')}
  ${alias('monospace', 'DejaVu Sans Mono')}
</fontconfig>
`
