#!/bin/sh
# Run by cloud-init; all that it and archinstall say goes to the host's log.
exec >/dev/ttyS1 2>&1
set -e
trap 'printf "\nglinda: installation failed\n"' EXIT

archinstall --config /run/glinda/user_configuration.json --silent
# Where archinstall leaves the system mounted; older ones had a folder of their own.
target=/mnt
[ -d /mnt/archinstall/etc ] && target=/mnt/archinstall
in_target() { arch-chroot "$target" "$@"; }

add_key() {
  mkdir -p -m 700 "$target$2/.ssh"
  printf '%s\n' "$3" >>"$target$2/.ssh/authorized_keys"
  chmod 600 "$target$2/.ssh/authorized_keys"
  in_target chown -R "$1:" "$2/.ssh"
}
echo root:{{root_password_crypt|shell}} | in_target chpasswd -e
{{#root_keys}}
add_key root /root {{key|shell}}
{{/root_keys}}
echo 'PermitRootLogin yes' >"$target/etc/ssh/sshd_config.d/01-root-password.conf"
{{#users}}
in_target useradd -m{{#admin}} -G wheel{{/admin}}{{#password_crypt}} -p {{password_crypt|shell}}{{/password_crypt}} {{name|shell}}
{{#admin}}
echo {{name|shell}}' ALL=(ALL) {{^password_crypt}}NOPASSWD: {{/password_crypt}}ALL' >"$target/etc/sudoers.d/"{{name|shell}}
{{/admin}}
{{#keys}}
add_key {{name|shell}} /home/{{name|shell}} {{key|shell}}
{{/keys}}
{{/users}}
in_target systemctl enable sshd systemd-networkd systemd-resolved
# The options of the installed kernel, for either boot loader.
options='console=tty0 console=ttyS0,115200 '{{kernel_options|shell}}
if [ -e "$target/etc/default/grub" ]; then
  sed -i "s|^GRUB_CMDLINE_LINUX_DEFAULT=\"|&$options |" "$target/etc/default/grub"
  in_target grub-mkconfig -o /boot/grub/grub.cfg
else
  sed -i "s|^options .*|& $options|" "$target"/boot/loader/entries/*.conf
fi
sync
trap - EXIT
printf '\nglinda: installation finished\n'
poweroff
