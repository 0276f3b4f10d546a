#!/usr/bin/perl -cw
$o = {
  'locale' => { 'lang' => 'en_US', 'country' => 'US', 'utf8' => 1, 'langs' => { 'en_US' => 1 } },
  'keyboard' => { 'KEYBOARD' => '{{keymap}}', 'KEYMAP' => '{{keymap}}', 'GRP_TOGGLE' => '' },
  'timezone' => { 'timezone' => '{{timezone}}', 'UTC' => 1, 'ntp' => undef },
  'net' => {
    'type' => 'ethernet',
    'net_interface' => 'eth0',
    'network' => { 'NETWORKING' => 'yes', 'HOSTNAME' => '{{hostname}}', 'DHCP' => 'yes', 'CRDA_DOMAIN' => 'US' },
    'ifcfg' => { 'eth0' => { 'DEVICE' => 'eth0', 'BOOTPROTO' => 'dhcp', 'ONBOOT' => 'yes' } },
  },
  'superuser' => { 'pw' => '{{root_password_crypt}}', 'uid' => '0', 'gid' => '0', 'realname' => 'root', 'home' => '/root', 'shell' => '/bin/bash' },
  'users' => [
{{#users}}
    { 'name' => '{{name}}', 'realname' => '{{name}}', 'shell' => '/bin/bash', 'groups' => [{{#admin}}'wheel'{{/admin}}], 'pw' => '{{#password_crypt}}{{password_crypt}}{{/password_crypt}}{{^password_crypt}}!{{/password_crypt}}' },
{{/users}}
  ],
  'authentication' => { 'local' => undef, 'sha512' => 1, 'shadow' => 1 },
  'security' => 1,
  'security_user' => undef,
  'partitions' => [
{{#efi}}
    { 'mntpoint' => '/boot/EFI', 'fs_type' => 'vfat', 'size' => 614400 },
{{/efi}}
    { 'mntpoint' => '/', 'fs_type' => '{{filesystem}}', 'size' => 4194304, 'hd' => '{{disk_name}}', 'ratio' => 100 },
  ],
  'partitioning' => { 'auto_allocate' => 1, 'clearall' => 1, 'eraseBadPartitions' => 1 },
  'bootloader' => { 'method' => 'grub2{{#efi}}-efi{{/efi}}', 'boot' => '{{disk}}', 'timeout' => 1, 'perImageAppend' => 'console=tty0 console=ttyS0,115200{{#kernel_options}} {{kernel_options}}{{/kernel_options}}' },
  'X' => { 'disabled' => 1 },
  'default_packages' => [ 'openssh-server'{{#admins}}, 'sudo'{{/admins}}{{#package_list}}, '{{package}}'{{/package_list}} ],
  'rpmsrate_flags_chosen' => { 'CAT_SYSTEM' => 1 },
  'compssListLevel' => 5,
  'desktop' => 'none',
  'autoExitInstall' => 1,
  'postInstall' => '
systemctl enable sshd
mkdir -p /etc/ssh/sshd_config.d
echo "PermitRootLogin yes" >/etc/ssh/sshd_config.d/01-root-password.conf
add_key() {
  install -d -m 700 "$2/.ssh"
  echo "$3" >>"$2/.ssh/authorized_keys"
  chmod 600 "$2/.ssh/authorized_keys"
  chown -R "$1:" "$2/.ssh"
}
{{#root_keys}}
add_key root /root {{key|shell}}
{{/root_keys}}
{{#users}}
{{#keys}}
add_key {{name|shell}} /home/{{name|shell}} {{key|shell}}
{{/keys}}
{{#admin}}
echo {{name|shell}} "ALL=(ALL) {{^password_crypt}}NOPASSWD: {{/password_crypt}}ALL" >/etc/sudoers.d/{{name|shell}}
{{/admin}}
{{/users}}
sync
echo >/dev/ttyS1
echo "glinda: installation finished" >/dev/ttyS1
',
};
