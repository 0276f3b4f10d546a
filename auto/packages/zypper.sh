# shellcheck shell=sh
# zypper(8); "ssl_verify" is an option of libzypp's URLs
is_here() { command -v zypper >/dev/null; }

add_repository() { # ID URL SIGNED VERIFY_TLS
  check=--no-gpgcheck
  [ "$3" != yes ] || check=--gpgcheck
  url=$2
  if [ "$4" != yes ]; then
    case $url in
      https:*\?*) url="$url&ssl_verify=no" ;;
      https:*) url="$url?ssl_verify=no" ;;
    esac
  fi
  # The installer may have left it there.
  zypper --non-interactive removerepo "$1" >/dev/null 2>&1 || :
  zypper --non-interactive addrepo --refresh $check "$url" "$1"
}

remove_repository() { zypper --non-interactive removerepo "$1"; } # ID URL

refresh() { zypper --non-interactive refresh; }

install_packages() { # REPOSITORY SIGNED WORD…
  repository=$1
  unsigned=
  [ "$2" = yes ] || unsigned=--allow-unsigned-rpm
  shift 2
  zypper --non-interactive install $unsigned ${repository:+--from "$repository"} "$@"
}

has_package() { rpm -q "$1" >/dev/null 2>&1; } # NAME
