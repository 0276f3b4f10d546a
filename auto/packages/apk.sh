# shellcheck shell=sh
# apk(8), apk-repositories(5). Signatures can only be left unchecked for all repositories at once;
# certificates are always checked.
is_here() { command -v apk >/dev/null; }

add_repository() { # ID URL SIGNED VERIFY_TLS
  printf '%s\n' "$2" >>/etc/apk/repositories
  if [ "$3" != yes ]; then apk update --allow-untrusted; else apk update; fi
}

remove_repository() { # ID URL
  grep -vxF -e "$2" /etc/apk/repositories >/etc/apk/repositories.new || :
  mv /etc/apk/repositories.new /etc/apk/repositories
}

refresh() { :; } # the indexes are fetched when they are old

install_packages() { # REPOSITORY SIGNED WORD…
  untrusted=
  [ "$2" = yes ] || untrusted=--allow-untrusted
  # One that was added is asked anyway; another must be a URL or a folder.
  case $1 in
    */*) repository=$1 ;;
    *) repository= ;;
  esac
  shift 2
  apk add $untrusted ${repository:+--repository "$repository"} "$@"
}

has_package() { apk info -e "$1" >/dev/null 2>&1; } # NAME
