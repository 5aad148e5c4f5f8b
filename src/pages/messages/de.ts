import { html } from '../html.ts'
import type { Messages } from './messages.ts'

/** German. */
export const german: Messages = {
  direction: 'ltr',
  logo: 'Logo',
  actions: {
    signIn: 'Anmelden',
    signInAgain: 'Neu anmelden',
    switchUser: 'Als jemand anderes anmelden',
    signOut: 'Abmelden',
    staySignedIn: 'Angemeldet bleiben',
    goOn: 'Weiter',
    tryAgain: 'Noch einmal versuchen',
    startPage: 'Zur Startseite',
  },
  quote: 'Wenn Sie um Hilfe bitten, nennen Sie diese Vorgangsnummer:',
  pick: {
    title: 'Anmelden',
    text: 'Wählen Sie das Konto, mit dem Sie sich anmelden möchten.',
    remembered: 'Zuletzt verwendet',
  },
  signedOut: {
    title: 'Sie sind abgemeldet',
    here: 'Schließen Sie an einem gemeinsam genutzten Rechner auch den Browser: Beim Anbieter Ihres Kontos sind Sie vielleicht noch angemeldet.',
    there: (provider) => html`Sie sind hier und bei ${provider} abgemeldet.`,
  },
  confirmSignOut: {
    title: 'Abmelden?',
    text: 'Eine andere Website möchte Sie hier abmelden. Wenn Sie das nicht wollten, bleiben Sie angemeldet.',
  },
  frame: {
    title: 'Bitte melden Sie sich an',
    text: 'Sie sind nicht mehr angemeldet. Die Anmeldung braucht das ganze Fenster.',
  },
  signedIn: {
    title: 'Sie sind angemeldet',
    text: 'Falls sich die Seite nicht von selbst öffnet, geht es hier weiter.',
  },
  account: {
    title: 'Sie sind angemeldet',
    user: 'Name',
    email: 'E-Mail',
    uid: 'Kennung',
    groups: 'Gruppen',
    noGroups: 'Keine',
    moreGroups: (count) => (count === 1 ? 'Eine weitere zeigen' : `${count} weitere zeigen`),
    provider: 'Angemeldet mit',
    createdAt: 'Angemeldet',
    refreshesAt: 'Gruppen werden erneuert',
    idleEndsAt: 'Endet, wenn ungenutzt',
    expiresAt: 'Endet spätestens',
  },
  shortened: (characters) => `(${characters} Zeichen)`,
  denied: {
    signedInAs: (user) => html`Sie sind angemeldet als ${user}.`,
    knownAs: (user) => html`Die Anfrage kam von ${user}.`,
  },
  reasons: {
    'no-credential': {
      title: 'Bitte melden Sie sich an',
      text: 'Diese Seite öffnet sich nur, wenn Sie angemeldet sind.',
    },
    'credential-malformed': {
      title: 'Bitte melden Sie sich neu an',
      text: 'Was Ihr Browser gesendet hat, um Sie auszuweisen, ist beschädigt.',
    },
    'credential-untrusted': {
      title: 'Token nicht angenommen',
      text: 'Das Token der Anfrage stammt von einem Aussteller, dem hier nicht vertraut wird.',
    },
    'credential-expired': {
      title: 'Bitte melden Sie sich neu an',
      text: 'Ihre Anmeldung ist abgelaufen.',
    },
    'credential-invalid': {
      title: 'Bitte melden Sie sich neu an',
      text: 'Was Ihr Browser gesendet hat, um Sie auszuweisen, wurde nicht angenommen.',
    },
    'no-route': {
      title: 'Hier ist nichts für Sie',
      text: 'Keine Regel dieses Gateways öffnet diese Adresse. Prüfen Sie, ob sie richtig geschrieben ist.',
    },
    'cross-site': {
      title: 'Angehalten: Anfrage einer anderen Website',
      text: 'Eine andere Website wollte hier in Ihrem Namen etwas ändern. Wenn Sie die Änderung möchten, nehmen Sie sie auf einer Seite dieser Website vor.',
    },
    'identity-unsayable': {
      title: 'Ihr Name ist hier nicht verwendbar',
      text: 'Ihr Name oder etwas anderes in Ihrem Konto hat Zeichen, die sich nicht sicher weitergeben lassen. Bitten Sie die Verwaltung Ihres Kontos, das zu ändern.',
    },
    'identity-too-large': {
      title: 'Sie sind in zu vielen Gruppen',
      text: 'Ihre Gruppen sind mehr, als sich weitergeben lässt, und keine wird stillschweigend weggelassen. Bitten Sie die Verwaltung Ihres Kontos, Sie aus einigen zu entfernen.',
    },
    'system-identity': {
      title: 'Ihr Name ist vorbehalten',
      text: 'Namen und Gruppen, die mit „system:“ beginnen, gehören dem Cluster selbst. Bitten Sie die Verwaltung Ihres Kontos, das zu ändern.',
    },
    'token-required': {
      title: 'Diese Seite braucht ein Token',
      text: 'Sie möchte ein Token von Ihnen erhalten, und Ihre Art der Anmeldung hat keines.',
    },
    condition: {
      title: 'Kein Zugriff',
      text: 'Eine Bedingung dieser Seite trifft auf Ihr Konto nicht zu. Wenn Sie Zugriff brauchen, fragen Sie die Betreiber dieses Dienstes.',
    },
    'not-allowed': {
      title: 'Kein Zugriff',
      text: 'Ihr Konto hat nicht das Recht, diese Seite zu öffnen. Wenn Sie es brauchen, fragen Sie die Betreiber dieses Dienstes.',
    },
    caller: {
      title: 'Kein bekanntes Gateway',
      text: 'Hier darf nur das Gateway fragen. Öffnen Sie die übliche Adresse dieses Dienstes.',
    },
    'too-many-attempts': {
      title: 'Zu viele Versuche',
      text: 'In kurzer Zeit kamen zu viele falsche Passwörter. Warten Sie eine Minute und versuchen Sie es dann noch einmal.',
    },
    'malformed-request': {
      title: 'Die Anfrage ist nicht lesbar',
      text: 'Was der Browser gesendet hat, lässt sich auf mehrere Arten lesen oder gar nicht. Prüfen Sie die Adresse.',
    },
    'ambiguous-path': {
      title: 'Die Adresse ist mehrdeutig',
      text: 'Sie lässt sich auf mehrere Arten lesen. Schreiben Sie sie ohne maskierte oder doppelte Schrägstriche und ohne Punkte.',
    },
    'ambiguous-credential': {
      title: 'Mehr als ein Nachweis',
      text: 'Die Anfrage enthält mehrere Nachweise, wer Sie sind, wo nur einer stehen darf. Vielleicht fügt eine Browser-Erweiterung sie hinzu.',
    },
    'connection-header': {
      title: 'Diese Verbindung ist nicht möglich',
      text: 'Die Anfrage verlangt eine Art von Verbindung, die es hier nicht gibt.',
    },
    'client-impersonation': {
      title: 'Nicht als jemand anderes',
      text: 'Die Anfrage will im Namen eines anderen handeln, was hier nicht möglich ist.',
    },
    unavailable: {
      title: 'Bitte versuchen Sie es gleich noch einmal',
      text: 'Etwas, das zur Prüfung Ihrer Anmeldung nötig ist, antwortet gerade nicht. Sie wurden nicht abgemeldet.',
    },
  },
  failures: {
    malformed: {
      title: 'Die Anmeldung hat nicht geklappt',
      text: 'Die Antwort des Anbieters Ihres Kontos ist nicht lesbar. Bitte melden Sie sich neu an.',
    },
    stale: {
      title: 'Diese Anmeldung ist vorbei',
      text: 'Sie hat zu lange gedauert, war schon beendet oder begann in einem anderen Browser. Bitte melden Sie sich neu an.',
    },
    'no-cookies': {
      title: 'Ohne Cookies geht es nicht',
      text: 'Ihr Browser hat kein Cookie gesendet, und so lässt sich diese Anmeldung nicht von der eines anderen unterscheiden. Erlauben Sie Cookies für diese Website und melden Sie sich dann neu an.',
    },
    declined: {
      title: 'Sie wurden nicht angemeldet',
      text: 'Die Anmeldung wurde abgebrochen, oder der Anbieter Ihres Kontos hat sie nicht erlaubt. Wenn Sie sie nicht abgebrochen haben, fragen Sie die Verwaltung Ihres Kontos.',
    },
    refused: {
      title: 'Die Anmeldung hat nicht geklappt',
      text: 'Der Anbieter Ihres Kontos hat die Anfrage nicht angenommen. Bitte melden Sie sich neu an. Wenn das nicht hilft, sagen Sie es den Betreibern dieses Dienstes.',
    },
    'provider-trouble': {
      title: 'Bitte versuchen Sie es gleich noch einmal',
      text: 'Der Anbieter Ihres Kontos kann Sie gerade nicht anmelden.',
    },
    'unknown-provider': {
      title: 'Diese Anmeldung gibt es hier nicht',
      text: 'Die Adresse nennt eine Art der Anmeldung, die hier nicht zur Wahl steht. Bitte wählen Sie neu.',
    },
    'not-believed': {
      title: 'Die Anmeldung hat nicht geklappt',
      text: 'Die Antwort des Anbieters Ihres Kontos ist nicht die, nach der gefragt wurde. Bitte melden Sie sich neu an.',
    },
    'not-accepted': {
      title: 'Ihr Konto ist hier nicht verwendbar',
      text: 'Ihre Anmeldung war erfolgreich, aber dieser Dienst nimmt Ihr Konto nicht an. Die Betreiber dieses Dienstes können den Grund nachsehen.',
    },
    'too-large': {
      title: 'Sie sind in zu vielen Gruppen',
      text: 'Ihre Gruppen sind mehr, als Ihr Browser behalten kann. Die Betreiber dieses Dienstes können die Grenze anheben.',
    },
    'other-host': {
      title: 'Nicht unter dieser Adresse',
      text: 'Unter dieser Adresse meldet sich niemand an. Öffnen Sie die übliche Adresse dieses Dienstes.',
    },
  },
}
