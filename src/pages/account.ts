import type { UserInfo } from '../user.ts'
import { type Html, html } from './html.ts'
import { actions, type Page, page } from './layout.ts'
import { name } from './name.ts'
import type { PageShell } from './shell.ts'
import { moment } from './time.ts'

export interface AccountPageOptions {
  readonly user: UserInfo
  readonly email: string | undefined
  /** The provider's display name. */
  readonly provider: string
  readonly now: Date
  readonly createdAt: Date
  /** When the provider is asked again; undefined: never. */
  readonly refreshesAt?: Date | undefined
  /** When it ends unless it is used before; undefined: unused sessions do not end. */
  readonly idleEndsAt?: Date | undefined
  readonly expiresAt: Date
  readonly signOutURL: string
  /** Where "Continue" leads. */
  readonly continueURL: string
}

/** More are a click away, so that what stands below the groups stays in sight. */
const groupsAtOnce = 12

/** Who is signed in: name, groups, provider, and how long the session lasts. */
export function accountPage(shell: PageShell, options: AccountPageOptions): Page {
  const { language, messages } = shell
  const { user, email, provider, now, createdAt, refreshesAt, idleEndsAt, expiresAt } = options
  const { account, actions: labels } = messages
  const text = (value: string) => (value === '' ? undefined : name(value, messages))
  const time = (date: Date | undefined) => date && moment(date, { now, language })
  return page(shell, {
    title: account.title,
    icon: 'person',
    content: html`<dl>
${row(account.user, text(user.name))}
${row(account.email, text(email ?? ''))}
${row(account.uid, text(user.uid))}
${row(account.groups, groupList(user.groups, shell))}
${row(account.provider, text(provider))}
${row(account.createdAt, time(createdAt))}
${row(account.refreshesAt, time(refreshesAt))}
${row(account.idleEndsAt, time(idleEndsAt))}
${row(account.expiresAt, time(expiresAt))}
</dl>
${actions(
  { href: options.continueURL, label: labels.goOn },
  { href: options.signOutURL, label: labels.signOut },
)}`,
  })
}

/** Nothing where nothing is known. */
function row(label: string, value: Html | undefined): Html | undefined {
  return value && html`<dt>${label}</dt><dd>${value}</dd>`
}

function groupList(groups: readonly string[], { messages }: PageShell): Html {
  const { noGroups, moreGroups } = messages.account
  if (groups.length === 0) return html`${noGroups}`
  const list = (some: readonly string[]) =>
    html`<ul role="list">${some.map((group) => html`<li>${name(group, messages)}</li>`)}</ul>`
  const more = groups.slice(groupsAtOnce)
  if (more.length === 0) return list(groups)
  return html`${list(groups.slice(0, groupsAtOnce))}
<details><summary>${moreGroups(more.length)}</summary>${list(more)}</details>`
}
