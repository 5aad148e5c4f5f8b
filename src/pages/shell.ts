import type { RequestHeaders } from '../check-input.ts'
import type { SignInConfig } from '../config/browser-types.ts'
import { endpointPath } from '../routes/endpoints.ts'
import { assetURL } from './asset.ts'
import { chooseLanguage, type Language } from './language.ts'
import { logoAsset } from './logo.ts'
import { catalogue } from './messages/catalogue.ts'
import type { Messages } from './messages/messages.ts'
import { styleAsset } from './style.ts'

/** What every page has around its content. */
export interface PageShell {
  readonly language: Language
  /** Of that language. */
  readonly messages: Messages
  /** Whose page it is; undefined: nobody says. */
  readonly name: string | undefined
  /** Undefined: no logo. */
  readonly logoURL: string | undefined
  /** Undefined where sign-in, which serves the style sheet, is not on offer. */
  readonly styleURL: string | undefined
}

/** The shell of the pages that answer a request. */
export type ShellFor = (headers: RequestHeaders) => PageShell

/** The shells of one configuration: its branding, in the language that the request asks for. */
export function createShells(
  signIn: Pick<SignInConfig, 'pathPrefix' | 'branding'> | undefined,
): ShellFor {
  const logo = signIn?.branding.logo
  const constant = {
    name: signIn?.branding.name,
    logoURL: signIn && logo && assetURL(endpointPath(signIn, 'logo'), logoAsset(logo)),
    styleURL: signIn && assetURL(endpointPath(signIn, 'style.css'), styleAsset),
  }
  return (headers) => {
    const language = chooseLanguage(headers.get('accept-language'))
    return { ...constant, language, messages: catalogue[language] }
  }
}
