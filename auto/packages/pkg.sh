# shellcheck shell=sh
# pkg(8), pkg.conf(5), "REPOSITORY CONFIGURATION". A repository's signature takes a key or
# fingerprints that the system has already; certificates are always checked.
is_here() { command -v pkg >/dev/null && command -v freebsd-version >/dev/null; }

add_repository() { # ID URL SIGNED VERIFY_TLS
  type=none
  [ "$3" != yes ] || type=fingerprints
  mkdir -p /usr/local/etc/pkg/repos
  printf '"%s": { url: "%s", enabled: yes, signature_type: "%s", fingerprints: "/usr/share/keys/pkg" }\n' \
    "$1" "$2" "$type" >"/usr/local/etc/pkg/repos/$1.conf"
}

remove_repository() { rm -f "/usr/local/etc/pkg/repos/$1.conf"; } # ID URL

refresh() { env ASSUME_ALWAYS_YES=yes pkg update; }

# A name with a slash at its front is a file.
install_packages() { # REPOSITORY SIGNED WORD…
  repository=$1
  shift 2
  case $1 in
    /*) env ASSUME_ALWAYS_YES=yes pkg add "$@" ;;
    *) env ASSUME_ALWAYS_YES=yes pkg install -y ${repository:+-r "$repository"} "$@" ;;
  esac
}

has_package() { pkg info -e "$1" >/dev/null 2>&1; } # NAME
