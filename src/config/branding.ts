import type { BrandingConfig, Logo } from './browser-types.ts'
import type { RawSignIn } from './schema/sign-in.ts'
import { type Loading, reportFile } from './secrets.ts'

/** More is no logo, and each page asks for it. */
const maxLogoBytes = 262_144

/** `signIn.branding`, with its logo read. */
export function readBranding(loading: Loading, raw: RawSignIn['branding']): BrandingConfig {
  const { name, logoFile } = raw
  const path = 'signIn.branding.logoFile'
  return { name, logo: logoFile === undefined ? undefined : readLogo(loading, path, logoFile) }
}

function readLogo(loading: Loading, path: string, name: string): Logo | undefined {
  const content = loading.files.readBytes(name)
  if (!content.ok) return reportFile(loading, path, content.why)
  const { bytes } = content
  if (bytes.length > maxLogoBytes) return reportFile(loading, path, 'it is larger than 256 KiB')
  const contentType = contentTypeOf(bytes)
  if (contentType === undefined) return reportFile(loading, path, 'it is neither SVG nor PNG')
  return { contentType, bytes }
}

/** PNG by its signature (W3C PNG §5.2), SVG by its element. */
function contentTypeOf(bytes: Buffer): Logo['contentType'] | undefined {
  if (bytes.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex'))) return 'image/png'
  const isUtf8 = Buffer.from(bytes.toString('utf8')).equals(bytes)
  return isUtf8 && /<svg[\s>]/.test(bytes.toString('utf8', 0, 4096)) ? 'image/svg+xml' : undefined
}
