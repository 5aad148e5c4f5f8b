import { html } from '../html.ts'
import type { Messages } from './messages.ts'

/** English. */
export const english: Messages = {
  direction: 'ltr',
  logo: 'Logo',
  actions: {
    signIn: 'Sign in',
    signInAgain: 'Sign in again',
    switchUser: 'Sign in as somebody else',
    signOut: 'Sign out',
    staySignedIn: 'Stay signed in',
    goOn: 'Continue',
    tryAgain: 'Try again',
    startPage: 'Go to the start page',
  },
  quote: 'If you ask for help, quote this decision ID:',
  pick: {
    title: 'Sign in',
    text: 'Choose the account that you want to use.',
    remembered: 'Last used',
  },
  signedOut: {
    title: 'You are signed out',
    here: 'On a shared computer, close the browser as well: you may still be signed in with your account’s provider.',
    there: (provider) => html`You are signed out here and at ${provider}.`,
  },
  confirmSignOut: {
    title: 'Sign out?',
    text: 'Another site asks to sign you out here. If that was not what you wanted, stay signed in.',
  },
  frame: {
    title: 'Sign in to go on',
    text: 'You are not signed in any more. Signing in needs the whole window.',
  },
  signedIn: {
    title: 'You are signed in',
    text: 'If the page does not open by itself, continue here.',
  },
  account: {
    title: 'You are signed in',
    user: 'User',
    email: 'Email',
    uid: 'User ID',
    groups: 'Groups',
    noGroups: 'None',
    moreGroups: (count) => `Show ${count} more`,
    provider: 'Signed in with',
    createdAt: 'Signed in',
    refreshesAt: 'Groups are updated',
    idleEndsAt: 'Ends if not used',
    expiresAt: 'Ends at the latest',
  },
  shortened: (characters) => `(${characters} characters)`,
  denied: {
    signedInAs: (user) => html`You are signed in as ${user}.`,
    knownAs: (user) => html`This request was made as ${user}.`,
  },
  reasons: {
    'no-credential': {
      title: 'Please sign in',
      text: 'This page is for people who are signed in.',
    },
    'credential-malformed': {
      title: 'Please sign in again',
      text: 'What your browser sent to show who you are is damaged.',
    },
    'credential-untrusted': {
      title: 'Token not accepted',
      text: 'The token that came with the request is from an issuer that is not trusted here.',
    },
    'credential-expired': {
      title: 'Please sign in again',
      text: 'Your sign-in has ended because its time was over.',
    },
    'credential-invalid': {
      title: 'Please sign in again',
      text: 'What your browser sent to show who you are was not accepted.',
    },
    'no-route': {
      title: 'Nothing here for you',
      text: 'No rule of this gateway opens this address. Check whether it is spelled as you meant it.',
    },
    'cross-site': {
      title: 'Stopped: request from another site',
      text: 'Another site tried to change something here in your name. If you wanted the change, make it on a page of this site.',
    },
    'identity-unsayable': {
      title: 'Your user name cannot be used here',
      text: 'Your user name, or something else in your account, has characters that cannot be passed on safely. Ask whoever runs your account to change it.',
    },
    'identity-too-large': {
      title: 'You are in too many groups',
      text: 'Your groups are more than can be passed on, and none is ever left out silently. Ask whoever runs your account to take you out of some.',
    },
    'system-identity': {
      title: 'Your user name is reserved',
      text: 'Names and groups that begin with “system:” belong to the cluster itself. Ask whoever runs your account to change it.',
    },
    'token-required': {
      title: 'This page needs a token',
      text: 'It wants a token of yours passed on, and the way you are signed in has none.',
    },
    condition: {
      title: 'You have no access',
      text: 'A condition of this page does not hold for your account. If you need access, ask whoever runs this service.',
    },
    'not-allowed': {
      title: 'You have no access',
      text: 'Your account does not have the right to open this page. If you need it, ask whoever runs this service.',
    },
    caller: {
      title: 'Not a known gateway',
      text: 'Only the gateway may ask here. Open the usual address of this service.',
    },
    'too-many-attempts': {
      title: 'Too many attempts',
      text: 'Too many wrong passwords came in a short time. Wait a minute, then try again.',
    },
    'malformed-request': {
      title: 'The request cannot be read',
      text: 'What the browser sent can be read in more than one way, or in none. Check the address.',
    },
    'ambiguous-path': {
      title: 'The address is ambiguous',
      text: 'It can be read in more than one way. Write it without escaped slashes, double slashes and dots.',
    },
    'ambiguous-credential': {
      title: 'More than one proof of who you are',
      text: 'The request has several credentials where there may be one. A browser extension may add them.',
    },
    'connection-header': {
      title: 'The connection cannot be used',
      text: 'The request asks for a kind of connection that is not possible here.',
    },
    'client-impersonation': {
      title: 'Not as somebody else',
      text: 'The request asks to act as another user, which is not possible here.',
    },
    unavailable: {
      title: 'Please try again in a moment',
      text: 'Something that is needed to check who you are does not answer right now. You have not been signed out.',
    },
  },
  failures: {
    malformed: {
      title: 'Sign-in did not work',
      text: 'The answer of your account’s provider cannot be read. Please sign in again.',
    },
    stale: {
      title: 'This sign-in is over',
      text: 'It took too long, was finished already, or began in another browser. Please sign in again.',
    },
    'no-cookies': {
      title: 'Cookies are needed',
      text: 'Your browser sent no cookie, so this sign-in cannot be told from somebody else’s. Allow cookies for this site, then sign in again.',
    },
    declined: {
      title: 'You were not signed in',
      text: 'The sign-in was cancelled, or your account’s provider did not allow it. If you did not cancel it, ask whoever runs your account.',
    },
    refused: {
      title: 'Sign-in did not work',
      text: 'Your account’s provider did not accept the request. Please sign in again. If that does not help, tell whoever runs this service.',
    },
    'provider-trouble': {
      title: 'Please try again in a moment',
      text: 'Your account’s provider cannot sign you in right now.',
    },
    'unknown-provider': {
      title: 'No such way to sign in',
      text: 'The address names one that is not on offer here. Please choose again.',
    },
    'not-believed': {
      title: 'Sign-in did not work',
      text: 'The answer of your account’s provider is not what was asked for. Please sign in again.',
    },
    'not-accepted': {
      title: 'Your account cannot be used here',
      text: 'You signed in successfully, but this service does not accept your account. Whoever runs it can look up the reason.',
    },
    'too-large': {
      title: 'You are in too many groups',
      text: 'Your groups are more than your browser can keep. Whoever runs this service can raise the limit.',
    },
    'other-host': {
      title: 'Not at this address',
      text: 'Nobody signs in under this address. Open the usual address of this service.',
    },
  },
}
