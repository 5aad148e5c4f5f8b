#!/bin/sh
# Makes the secrets that Attaché and Kubeflow's Dex need, in the cluster that kubectl speaks to, and nowhere
# else. Run it as often as you like: what is there stays as it is, and what is missing is added.
#
#   generate-secrets.sh [--redis] [--dry-run]
#
#   --redis    those of components/redis too
#   --dry-run  look, print the objects that would be created, and change nothing
#
#   attache/attache-secrets   session-keys, dex-client-secret, identity-keys (and redis-url)
#   auth/dex-oidc-client      OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, which is dex-client-secret
#   attache/attache-redis     users.acl, with the hash of the password in redis-url
#
# With another configuration of kubectl than the usual one: KUBECONFIG, or KUBECTL="kubectl --context NAME".
set -eu
umask 077

client_id=kubeflow-oidc-authservice
redis_host=attache-redis.attache.svc.cluster.local:6379
# SHA-256 of the client secret that Kubeflow's repository has in it.
published=462a0aa7e3ad7e72bcc06fd22a504044f4a4c79033231b9dc8900ad84fbe29b9
KUBECTL=${KUBECTL:-kubectl}

redis=no
dry_run=no
for argument in "$@"; do
  case $argument in
    --redis) redis=yes ;;
    --dry-run) dry_run=yes ;;
    -h | --help)
      sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "$0"
      exit 0
      ;;
    *)
      echo "Cannot use \"$argument\": use --redis or --dry-run" >&2
      exit 2
      ;;
  esac
done

say() { echo "$*" >&2; }
fail() {
  say "Cannot go on: $*"
  exit 1
}

command -v openssl >/dev/null 2>&1 || fail 'there is no openssl; install it'
# shellcheck disable=SC2086 # It may have options.
command -v ${KUBECTL%% *} >/dev/null 2>&1 || fail "there is no \"${KUBECTL%% *}\"; install kubectl, or say in KUBECTL what it is called"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM

# Its messages are for whoever runs this; only "there is none" is an answer.
# shellcheck disable=SC2086
kube() { $KUBECTL "$@"; }

# exists KIND NAME [NAMESPACE]
exists() {
  if [ $# -eq 3 ]; then set -- "$1" "$2" --namespace "$3"; fi
  answer=$(kube get "$@" --ignore-not-found --output name) || fail "the API server does not say whether there is a $1 $2"
  [ -n "$answer" ]
}

# value NAMESPACE NAME KEY: decoded, into the file "value"; false where there is none
value() {
  if ! exists secret "$2" "$1"; then return 1; fi
  key=$(echo "$3" | sed 's/\./\\./g')
  kube get secret "$2" --namespace "$1" --output "jsonpath={.data.$key}" >"$folder/encoded" || fail "the Secret $1/$2 cannot be read"
  [ -s "$folder/encoded" ] || return 1
  openssl base64 -d -A -in "$folder/encoded" -out "$folder/value" || fail "\"$3\" of the Secret $1/$2 cannot be read"
  [ -s "$folder/value" ]
}

encoded() { openssl base64 -A -in "$1"; }

namespace() {
  if [ -e "$folder/namespace-$1" ] || exists namespace "$1"; then return; fi
  : >"$folder/namespace-$1"
  {
    echo 'apiVersion: v1'
    echo 'kind: Namespace'
    echo 'metadata:'
    echo "  name: $1"
    echo '  labels:'
    echo '    pod-security.kubernetes.io/enforce: restricted'
  } >"$folder/object.yaml"
  create "namespace $1"
}

# create WHAT: the object in object.yaml
create() {
  if [ "$dry_run" = yes ]; then
    echo ---
    cat "$folder/object.yaml"
    say "would create: $1"
    return
  fi
  kube create --filename "$folder/object.yaml" >/dev/null || fail "$1 cannot be created"
  say "created: $1"
}

# store NAMESPACE NAME KEY FILE: adds the key, which is not there
store() {
  if exists secret "$2" "$1"; then
    version=$(kube get secret "$2" --namespace "$1" --output 'jsonpath={.metadata.resourceVersion}')
    # Refused where somebody else has changed it in between.
    printf '{"metadata":{"resourceVersion":"%s"},"data":{"%s":"%s"}}' "$version" "$3" "$(encoded "$4")" >"$folder/patch.json"
    if [ "$dry_run" = yes ]; then
      say "would add: $3 to secret $1/$2"
      return
    fi
    kube patch secret "$2" --namespace "$1" --type merge --patch-file "$folder/patch.json" >/dev/null || fail "$3 cannot be added to secret $1/$2"
    say "added: $3 to secret $1/$2"
    return
  fi
  # Created when all of its keys are known: see flush.
  mkdir -p "$folder/new/$1/$2"
  cp "$4" "$folder/new/$1/$2/$3"
}

flush() {
  [ -d "$folder/new" ] || return 0
  for at in "$folder"/new/*/*; do
    name=${at##*/}
    of=${at%/*}
    of=${of##*/}
    namespace "$of"
    {
      echo 'apiVersion: v1'
      echo 'kind: Secret'
      echo 'type: Opaque'
      echo 'metadata:'
      echo "  name: $name"
      echo "  namespace: $of"
      echo 'data:'
      for file in "$at"/*; do
        echo "  ${file##*/}: $(encoded "$file")"
      done
    } >"$folder/object.yaml"
    create "secret $of/$name"
  done
}

# ensure KEY COMMAND…: a key of attache-secrets, made by the command unless it is there
ensure() {
  if value attache attache-secrets "$1"; then
    say "kept: $1 of secret attache/attache-secrets"
    return
  fi
  made=$1
  shift
  "$@" >"$folder/made" 2>"$folder/errors" || fail "openssl cannot make $made: $(cat "$folder/errors")"
  store attache attache-secrets "$made" "$folder/made"
}

plain() { printf '%s' "$1" >"$2"; }

# random FILE: 32 random bytes in hexadecimal digits
random() {
  plain "$(openssl rand -hex 32)" "$1"
  [ "$(wc -c <"$1")" -eq 64 ] || fail 'openssl makes no random bytes'
}

sha256() { printf '%s' "$(cat "$1")" | openssl dgst -sha256 | sed 's/.* //'; }

# One secret in two places, and neither is changed.
client_secret() {
  ours=no
  theirs=no
  if value attache attache-secrets dex-client-secret; then
    ours=yes
    cp "$folder/value" "$folder/ours"
  fi
  if value auth dex-oidc-client OIDC_CLIENT_SECRET; then
    theirs=yes
    cp "$folder/value" "$folder/theirs"
  fi
  case $ours$theirs in
    yesyes)
      # A file that somebody else made may end with a line end, which Attaché does not read.
      if [ "$(cat "$folder/ours")" != "$(cat "$folder/theirs")" ]; then
        fail 'attache/attache-secrets and auth/dex-oidc-client have different client secrets, so nobody could sign in.
Delete the one that is wrong (the key dex-client-secret, or the Secret dex-oidc-client), and run this again'
      fi
      say 'kept: dex-client-secret of secret attache/attache-secrets'
      ;;
    yesno) cp "$folder/ours" "$folder/theirs" ;;
    noyes)
      plain "$(cat "$folder/theirs")" "$folder/ours"
      store attache attache-secrets dex-client-secret "$folder/ours"
      ;;
    nono)
      random "$folder/ours"
      cp "$folder/ours" "$folder/theirs"
      store attache attache-secrets dex-client-secret "$folder/ours"
      ;;
  esac
  if [ "$theirs" = yes ]; then
    say 'kept: secret auth/dex-oidc-client'
    if [ "$(sha256 "$folder/theirs")" = "$published" ]; then
      say 'WARNING: its client secret is the one in Kubeflow'"'"'s repository, which everybody can read. For one of your own:
  kubectl --namespace auth delete secret dex-oidc-client
  kubectl --namespace attache patch secret attache-secrets --type json --patch '"'"'[{"op":"remove","path":"/data/dex-client-secret"}]'"'"'
then run this again, and restart Dex, which reads it when it starts:
  kubectl --namespace auth rollout restart deployment dex'
    fi
  else
    plain "$(cat "$folder/theirs")" "$folder/theirs.plain"
    store auth dex-oidc-client OIDC_CLIENT_SECRET "$folder/theirs.plain"
  fi
  if ! value auth dex-oidc-client OIDC_CLIENT_ID; then
    plain "$client_id" "$folder/id"
    store auth dex-oidc-client OIDC_CLIENT_ID "$folder/id"
  elif [ "$(cat "$folder/value")" != "$client_id" ]; then
    say "WARNING: OIDC_CLIENT_ID of auth/dex-oidc-client is \"$(cat "$folder/value")\"; Attaché must be told (clientID and audiences)"
  fi
}

# The address has the password, and Redis itself its hash alone.
redis_secrets() {
  users=no
  if value attache attache-redis users.acl; then users=yes; fi
  if value attache attache-secrets redis-url; then
    say 'kept: redis-url of secret attache/attache-secrets'
    case $(cat "$folder/value") in
      "redis://attache:"*"@$redis_host"*) ;;
      *)
        # A Redis of somebody's own.
        return
        ;;
    esac
    if [ "$users" = yes ]; then
      say 'kept: secret attache/attache-redis'
      return
    fi
    sed 's|^redis://attache:\([^@]*\)@.*|\1|' "$folder/value" >"$folder/password"
  else
    if [ "$users" = yes ]; then
      fail 'attache/attache-redis has the hash of a password that no redis-url of attache/attache-secrets has. Delete the
Secret attache/attache-redis, run this again, and restart Redis: kubectl --namespace attache rollout restart statefulset attache-redis'
    fi
    random "$folder/password"
    plain "redis://attache:$(cat "$folder/password")@$redis_host" "$folder/url"
    store attache attache-secrets redis-url "$folder/url"
  fi
  {
    echo 'user default off'
    echo "user attache on #$(sha256 "$folder/password") ~attache:* -@all +info +get +set +del +exists +eval +getrange +setrange +pexpire +zadd +zcard +zrange +zrem +zremrangebyscore +zscore"
  } >"$folder/users"
  store attache attache-redis users.acl "$folder/users"
}

client_secret
ensure session-keys openssl rand -base64 32
ensure identity-keys openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256
if [ "$redis" = yes ]; then redis_secrets; fi
flush
