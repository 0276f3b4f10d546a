#!/usr/bin/env bash
# architecture_test.sh MODULES: holds the tree against the rules that no compiler checks. MODULES is the file that
# glinda_module() in CMakeLists.txt writes: a line "module: what;it;uses" for each.
set -euo pipefail
cd "$(dirname "$0")/.."
modules=$1
complaints=0
complain() { printf '%s\n' "$*"; complaints=$((complaints + 1)); }

# A module includes only itself and what it says that it uses.
while IFS=': ' read -r module uses; do
  while IFS=: read -r file included; do
    case ";$module;$uses;" in
      *";$included;"*) ;;
      *) complain "$file includes glinda/$included/, which module $module does not name in USES" ;;
    esac
  done < <(grep -rohE --with-filename '#include "glinda/[a-z]+/' "src/$module" "include/glinda/$module" |
    sed -E 's/#include "glinda\/([a-z]+)\//\1/' | sort -u)
done <"$modules"
for folder in src/*/; do
  grep -q "^$(basename "$folder"):" "$modules" || complain "$folder is no module"
done

# Public headers show no C library.
while read -r line; do
  complain "a C library's header in a public one: $line"
done < <(grep -rnE '#include <[^>]*\.h>' include | grep -vE '<(sys/types|fmt/core)\.h>' || true)

# What differs between operating systems is data.
while read -r line; do
  complain "an operating system's name in code: $line"
done < <(grep -rniE '\b(fedora|rhel|centos|debian|ubuntu|opensuse|sles|rocky|almalinux|freebsd|mageia|alpine|anaconda)\b' \
  src include || true)

# Data files follow their schemas.
for family in auto/*/family.xml tests/data/stand-in/auto/*/family.xml tests/real/kickstart/auto/*/family.xml; do
  xmllint --noout --relaxng config/family.rng "$family" || complain "$family"
  errors=$(dirname "$family")/errors.xml
  if [[ -e $errors || $(xmllint --xpath 'string(/family/@supported)' "$family") != no ]]; then
    xmllint --noout --relaxng config/errors.rng "$errors" || complain "$family: errors.xml"
  fi
done
for adopt in auto/*/adopt.xml; do
  xmllint --noout --relaxng config/adopt.rng "$adopt" || complain "$adopt"
done
for rules in auto/*/lint.xml auto/debian-installer/preseed.xml; do
  xmllint --noout --relaxng config/lint.rng "$rules" || complain "$rules"
done
for rules in auto/*/kickstart.xml; do
  xmllint --noout --relaxng config/kickstart.rng "$rules" || complain "$rules"
done
xmllint --noout --relaxng config/generalise.rng auto/generalise.xml || complain auto/generalise.xml
for template in templates/*.tdl; do
  xmllint --noout --relaxng config/tdl.rng "$template" || complain "$template"
done

exit $((complaints > 0))
