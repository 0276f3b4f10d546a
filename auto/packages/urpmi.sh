# shellcheck shell=sh
# urpmi(8), urpmi.addmedia(8)
is_here() { command -v urpmi >/dev/null && ! command -v dnf >/dev/null; }

add_repository() { # ID URL SIGNED VERIFY_TLS
  if [ "$4" = yes ]; then urpmi.addmedia "$1" "$2"; else urpmi.addmedia --curl-options --insecure "$1" "$2"; fi
}

remove_repository() { urpmi.removemedia "$1"; } # ID URL

refresh() { urpmi.update -a; }

install_packages() { # REPOSITORY SIGNED WORD…
  check=
  [ "$2" = yes ] || check=--no-verify-rpm
  repository=$1
  shift 2
  urpmi --auto $check ${repository:+--media "$repository"} "$@"
}

has_package() { rpm -q "$1" >/dev/null 2>&1; } # NAME
