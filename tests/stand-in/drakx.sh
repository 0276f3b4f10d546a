# shellcheck shell=dash
# DrakX; README.md has the contract. The answer file is Perl; what is read of it is what stands on a line of its own.
target=/mnt
# stage1: where the second stage is.
method=$(value automatic | tr ',' '\n' | sed -n 's/^method://p')
case $method in
  cdrom) find_medium x86_64/install/stage2/VERSION || ask "Error" "I can't access a Mageia Installation disc in your CDROM drive." ;;
  '') ask "Please choose the installation method." "CDROM drive" ;;
  *) ask "Error" "This installation method is not known: $method" ;;
esac
word=$(value auto_install)
word=${word:-$(value kickstart)}
file=/run/auto_inst.cfg
case $word in
  '') ask "Please choose a language to use." "License agreement" ;;
  floppy) copy_from /dev/fd0 auto_inst.cfg $file ;;
  http:*) fetch "$word" $file ;;
  *) cp "/${word#/}" $file 2> /dev/null || cp "/run/medium/$word" $file 2> /dev/null ;;
esac
[ -s $file ] || ask "An error occurred" "Error using auto_install" "Cannot find file \`$word'"
# The two parentheses of Perl's that a slip of a hand breaks most often.
opened=$(tr -dc '{' < $file | wc -c)
closed=$(tr -dc '}' < $file | wc -c)
[ "$opened" = "$closed" ] || ask "An error occurred" "Error using auto_install" "Missing right curly or square bracket at auto_inst line 1"
perl() {  # KEY: the text behind it
  sed -n "s/.*['\"]\{0,1\}$1['\"]\{0,1\} *=> *['\"]\([^'\"]*\)['\"].*/\1/p" $file | head -n 1
}
block() {  # KEY: the text in quotes behind it, over several lines; Perl's backslash before \, ' and " goes
  awk -v key="$1" 'BEGIN { mark = "'\''" }
    { text = text $0 "\n" }
    END {
      if (!match(text, key "[" mark "\"]? *=> *[" mark "\"]")) exit
      mark = substr(text, RSTART + RLENGTH - 1, 1)
      for (i = RSTART + RLENGTH; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == mark) break
        if (c == "\\" && index("\\" mark "$@", substr(text, i + 1, 1))) c = substr(text, ++i, 1)
        printf "%s", c
      }
    }' $file
}
say "Mageia 9 installation"
grep -q "interactive *=> *['\"]" $file && ask "Interactive steps were asked for"
disk=$(sed -n "s/.*device *=> *['\"]\(\/dev\/\)\{0,1\}\([a-z]*\)[0-9]*['\"].*/\2/p" $file | head -n 1)
grep -q autoExitInstall $file || exit_asks=yes
install_to "$(if is_disk "${disk:-none}"; then echo "$disk"; else first_disk; fi)"
say "Installing packages"
write_down "drakx $(cat /stand-in/version)" "$(perl HOSTNAME)" "$(sed -n '/superuser/,/}/p' $file |
  sed -n "s/.*'\(pw\|password\)' *=> *'\([^']*\)'.*/\2/p" | head -n 1)" \
  "$(tr '\n' ' ' < $file | sed "s/.*default_packages'* *=> *//; s/\].*//" | grep -o "'[^']*'" | tr -d "'" | grep -v '=>')"
block postInstallNonRooted > /tmp/script
[ -s /tmp/script ] && sh /tmp/script > /tmp/script.log 2>&1
block postInstall > $target/tmp/script
[ -s $target/tmp/script ] && chroot $target /bin/sh /tmp/script > /tmp/script.log 2>&1
rm -f $target/tmp/script
say "Congratulations, installation is complete."
[ "$exit_asks" ] && ask "Reboot"
finish reboot
