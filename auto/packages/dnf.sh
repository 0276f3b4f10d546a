# shellcheck shell=sh
# dnf(8), yum(8), dnf.conf(5)
is_here() { (command -v dnf || command -v yum) >/dev/null && ! command -v zypper >/dev/null; }

program() { command -v dnf || command -v yum; }
digit() { if [ "$1" = yes ]; then echo 1; else echo 0; fi; }

add_repository() { # ID URL SIGNED VERIFY_TLS
  cat >"/etc/yum.repos.d/$1.repo" <<END
[$1]
name=$1
baseurl=$2
enabled=1
gpgcheck=$(digit "$3")
sslverify=$(digit "$4")
skip_if_unavailable=1
END
}

remove_repository() { rm -f "/etc/yum.repos.d/$1.repo"; } # ID URL

refresh() { :; } # it does so by itself

install_packages() { # REPOSITORY SIGNED WORD…
  repository=$1
  shift 2
  "$(program)" -y ${repository:+--enablerepo="$repository"} install "$@"
}

has_package() { rpm -q "$1" >/dev/null 2>&1; } # NAME
