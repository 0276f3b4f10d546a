# shellcheck shell=sh
# apt-get(8), sources.list(5), apt.conf(5)
is_here() { command -v apt-get >/dev/null && command -v dpkg >/dev/null; }

# The URL is a mirror, a line of sources.list(5) or a PPA.
add_repository() { # ID URL SIGNED VERIFY_TLS
  case $2 in
    ppa:*)
      apt-add-repository -y "$2"
      return
      ;;
    'deb '* | 'deb-src '*) line=$2 ;;
    *) line="deb $2 $(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release) main" ;;
  esac
  if [ "$3" != yes ]; then
    line=$(printf '%s\n' "$line" |
      sed -E 's/^(deb(-src)?) +\[/\1 [trusted=yes /; t; s/^(deb(-src)?) +/\1 [trusted=yes] /')
  fi
  printf '%s\n' "$line" >"/etc/apt/sources.list.d/$1.list"
  [ "$4" = yes ] && return
  host=$(printf '%s\n' "$line" | sed -nE 's,.*https://([^/: ]+).*,\1,p')
  [ -z "$host" ] ||
    printf 'Acquire::https::%s { Verify-Peer "false"; Verify-Host "false"; };\n' "$host" >"/etc/apt/apt.conf.d/99$1"
}

remove_repository() { # ID URL
  case $2 in
    ppa:*) apt-add-repository -y --remove "$2" ;;
    *) rm -f "/etc/apt/sources.list.d/$1.list" "/etc/apt/apt.conf.d/99$1" ;;
  esac
}

refresh() { apt-get -q update; }

# The repository of a package is its archive: a suite or a code name. One that was added is asked anyway.
install_packages() { # REPOSITORY SIGNED WORD…
  repository=$1
  shift 2
  [ ! -e "/etc/apt/sources.list.d/$repository.list" ] || repository=
  DEBIAN_FRONTEND=noninteractive apt-get -q -y ${repository:+-t "$repository"} install "$@"
}

has_package() { dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed; } # NAME
