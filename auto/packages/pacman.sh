# shellcheck shell=sh
# pacman(8), pacman.conf(5). Certificates are always checked.
is_here() { command -v pacman >/dev/null && command -v pacman-key >/dev/null; }

add_repository() { # ID URL SIGNED VERIFY_TLS
  level=Never
  [ "$3" != yes ] || level=Required
  printf '[%s]\nServer = %s\nSigLevel = %s\n' "$1" "$2" "$level" >"/etc/pacman.d/$1.conf"
  printf 'Include = /etc/pacman.d/%s.conf\n' "$1" >>/etc/pacman.conf
}

remove_repository() { # ID URL
  sed -i "\\,^Include = /etc/pacman.d/$1.conf\$,d" /etc/pacman.conf
  rm -f "/etc/pacman.d/$1.conf"
}

refresh() { pacman -Sy --noconfirm; }

# A name with a slash is a file or a URL.
install_packages() { # REPOSITORY SIGNED WORD…
  repository=$1
  shift 2
  operation=-S
  for word; do
    shift
    case $word in
      -*) ;;
      */*) operation=-U ;;
      *) word=${repository:+$repository/}$word ;;
    esac
    set -- "$@" "$word"
  done
  pacman $operation --noconfirm --needed "$@"
}

has_package() { pacman -Q "$1" >/dev/null 2>&1; } # NAME
